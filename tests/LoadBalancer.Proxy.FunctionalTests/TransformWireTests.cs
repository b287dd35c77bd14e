using System.Net.WebSockets;
using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Transforms together with what else becomes of a request.</summary>
public abstract class TransformWireTests
{
    [Fact]
    public async Task A_WebSocket_is_opened_at_the_transformed_path()
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline, TimeProvider.System);
        await using var destination = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await ProxyHost.StartAsync(TransformSettings.Of("/{**all}", "PathPrefix=/inner;RequestHeader=X-A,Set=1;ResponseHeader=X-B,Set=2"), destination.Address);
        using var client = new ClientWebSocket();

        await client.ConnectAsync(new Uri($"{proxy.Address.Replace("http", "ws", StringComparison.Ordinal)}/chat"), deadline.Token);
        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, deadline.Token);
        var buffer = new byte[16];
        var received = await client.ReceiveAsync(buffer, deadline.Token);

        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, received.Count));
        Assert.Equal(("/inner/chat", "1"), (destination.Requests[0].Target, destination.Requests[0].Header("X-A")));
    }

    [Fact]
    public async Task Both_attempts_of_a_hedge_are_transformed()
    {
        await using var slow = new FakeDestination(Behave.Hang());
        await using var quick = new FakeDestination();
        var settings = TransformSettings.Of("/{**all}", "PathPrefix=/inner;RequestHeader=X-A,Set=1;RequestHeaderOriginalHost=false;RequestHeader=Content-Language,Set=de");
        settings["Clusters:web:Hedge:Delay"] = "50ms";
        await using var proxy = await ProxyHost.StartAsync(settings, slow.Address, quick.Address);

        await proxy.Client.GetStringAsync("/a");

        Assert.All([slow, quick], destination => Assert.Equal(
            ("/inner/a", "1", "de", destination.Address[7..]), (Target(destination), Header(destination, "X-A"), Header(destination, "Content-Language"), Header(destination, "Host"))));
    }

    [Theory]
    [InlineData("X-Forwarded=Append", "X-Forwarded-For", "127.0.0.1")]
    [InlineData("Forwarded=for,ForFormat=Ip", "Forwarded", "for=127.0.0.1")]
    public async Task An_IPv4_client_has_the_same_address_over_an_IPv6_listener(string transforms, string field, string sent)
    {
        await using var destination = new FakeDestination();
        var settings = TransformSettings.Of("/{**all}", transforms);
        settings["Clusters:web:Destinations:a:Address"] = destination.Address;
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { Listen = ["http://*:0"], Settings = settings.ToDictionary(pair => $"LoadBalancer:{pair.Key}", pair => pair.Value) });
        using var client = await RawClient.ConnectAsync(proxy.Address.Replace("*", "127.0.0.1", StringComparison.Ordinal));

        await client.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal(sent, Header(destination, field));
    }

    private static string Target(FakeDestination destination) => Assert.Single(destination.Requests).Target;

    private static string? Header(FakeDestination destination, string name) => Assert.Single(destination.Requests).Header(name);
}
