using System.Net.Sockets;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Traffic on listeners of either family of addresses.</summary>
public sealed class IPv6ListenerTests
{
    public static TheoryData<string, string> Addresses => new()
    {
        { "http://[::1]:0", "::1" },
        { "http://*:0", "127.0.0.1" },
        { "http://*:0", "::1" },
        { "http://127.0.0.1:0", "127.0.0.1" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_client_is_served_and_the_destination_is_told_its_address(string listener, string client)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(destination, listener);

        await AskAsync(proxy.Address, client);

        Assert.Equal(client, destination.Requests[0].Header("X-Forwarded-For"));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Localhost_is_both_loopback_addresses(string client)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(destination, TakenAddress.Freed().Replace("127.0.0.1", "localhost", StringComparison.Ordinal));

        await AskAsync(proxy.Address, client);

        Assert.Equal(client, destination.Requests[0].Header("X-Forwarded-For"));
    }

    [Fact]
    public async Task Bodies_go_through_in_both_directions()
    {
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.Request.ReadBodyAsync(exchange.Stopping);
            await Behave.Ok(exchange.Request.Body)(exchange);
        });
        await using var proxy = await StartAsync(destination, "http://[::1]:0");
        var body = Text.OfLength(300_000);

        using var answer = await proxy.Client.PostAsync("/", new StringContent(body));

        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_listener_of_one_family_does_not_answer_at_the_other()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(destination, "http://[::1]:0");

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(proxy.Address, "127.0.0.1"));

        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
    }

    private static Task<ProxyHost> StartAsync(FakeDestination destination, string listener) => ProxyHost.StartAsync(new RunArguments
    {
        Listen = [listener],
        Servers = [destination.Address],
        HealthPath = destination.HealthPath,
    });

    private static async Task AskAsync(string listener, string at)
    {
        using var client = new HttpClient();
        await client.GetStringAsync(new UriBuilder("http", at, new Uri(listener.Replace("*", "localhost", StringComparison.Ordinal)).Port).Uri);
    }
}
