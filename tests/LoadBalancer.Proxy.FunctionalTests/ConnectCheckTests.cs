using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What the check of a suspect destination takes for a connection, over the real wire.</summary>
public sealed class ConnectCheckTests
{
    [Fact]
    public async Task A_destination_that_takes_a_connection_passes_and_the_connection_is_closed_without_a_request()
    {
        await using var destination = new FakeDestination();

        await CheckAsync(destination.Address);

        await Eventually.HoldsAsync(() => (destination.Connections, destination.OpenConnections) == (1, 0), "the connection was made and closed");
        Assert.Empty(destination.Requests);
    }

    [Fact]
    public Task One_that_refuses_does_not_pass() => Assert.ThrowsAsync<ConnectException>(() => CheckAsync(DeadAddress.Refusing()));

    // Whether it answers is asked, not whether it is trusted.
    [Fact]
    public async Task One_whose_certificate_nobody_trusts_passes()
    {
        using var authority = new TestAuthority();
        using var tls = new FakeTls(authority.Issue("elsewhere.test"));
        await using var destination = new FakeDestination(tls: tls);

        await CheckAsync(destination.Address);

        Assert.Single(tls.ServerNames);
    }

    [Fact]
    public async Task One_that_does_not_speak_TLS_does_not_pass()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var check = CheckAsync($"https://{listener.LocalEndpoint}");
        using (var accepted = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken).AsTask().InTime())
        {
            await accepted.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        await Assert.ThrowsAsync<AuthenticationException>(() => check);
    }

    [Fact]
    public async Task One_that_neither_takes_nor_refuses_is_given_up_with_the_time_that_it_has()
    {
        using var hole = new FullBacklog();
        using var over = new CancellationTokenSource();

        var check = CheckAsync(hole.Address, over.Token);
        await over.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check.InTime());
    }

    private static Task CheckAsync(string address, CancellationToken cancellationToken = default) =>
        UpstreamClient.CheckAsync(new Uri(address), new HttpClientOptions(), Dns.GetHostAddressesAsync, new ClientCertificates(), TimeProvider.System, cancellationToken).InTime();
}
