using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Connections that are open and have nothing to do.</summary>
public abstract class IdleConnectionTests
{
    [Fact]
    public async Task That_of_a_client_is_closed_after_a_while()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Limits:KeepAliveTimeout"] = "1s" }, destination.Address);
        using var client = await proxy.ConnectAsync();
        await client.AskAsync(RawRequest.Get());

        Assert.Equal(0, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task That_to_a_destination_is_closed_after_a_while()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?> { ["Clusters:web:HttpClient:PooledConnectionIdleTimeout"] = "100ms" }, destination.Address);

        await proxy.Client.GetStringAsync("/");

        await Eventually.HoldsAsync(() => destination.OpenConnections == 0, "the connection is closed");
    }

    [Theory]
    [InlineData(true, 200)]
    [InlineData(false, 502)]
    public async Task A_connection_of_HTTP2_is_given_up_when_it_shows_no_sign_of_life(bool alive, int status)
    {
        await using var destination = new RawHttp2Destination();
        destination.AnswersPings = alive;
        destination.Next(async exchange =>
        {
            await (alive ? Eventually.HoldsAsync(() => destination.Pings >= 3, "it was asked three times") : exchange.Lost);
            await exchange.SendHeadAsync(200, isLast: true);
        });
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?>
            {
                ["Clusters:web:HttpRequest:VersionPolicy"] = "RequestVersionExact",
                ["Clusters:web:HttpClient:KeepAlivePingDelay"] = "1s",
                ["Clusters:web:HttpClient:KeepAlivePingTimeout"] = "1s",
            },
            destination.Address);

        using var answer = await proxy.Client.PostAsync("/", null);

        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
    }
}
