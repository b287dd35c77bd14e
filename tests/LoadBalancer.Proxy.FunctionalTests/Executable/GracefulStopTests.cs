using System.Net.Sockets;
using System.Runtime.InteropServices;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>How the built program stops while requests are under way.</summary>
public sealed class GracefulStopTests : IDisposable
{
    private const string Request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private readonly TaskCompletionSource _gate = new();
    private readonly WorkFolder _folder = new();

    public void Dispose()
    {
        _gate.TrySetResult();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_program_ends_well_once_the_last_request_has_its_answer()
    {
        await using var destination = new FakeDestination(Behave.After(_gate.Task, Behave.Ok("late")));
        await using var process = Start(destination);
        using var client = await BeginAsync(process, destination);

        process.Send(PosixSignal.SIGTERM);
        await process.WaitForEventAsync("gracefully shutting down server");
        _gate.SetResult();

        Assert.Equal(0, await process.WaitForExitAsync());
    }

    [Fact]
    public async Task The_answer_to_a_request_in_flight_says_that_the_connection_closes()
    {
        await using var destination = new FakeDestination(Behave.After(_gate.Task, Behave.Ok("late")));
        await using var process = Start(destination);
        using var client = await BeginAsync(process, destination);

        process.Send(PosixSignal.SIGTERM);
        await WaitUntilRefusedAsync(await process.WaitForAddressAsync());
        _gate.SetResult();

        Assert.Equal("close", (await client.ReadAnswerAsync()).Header("Connection"));
    }

    [Fact]
    public async Task A_request_in_flight_gets_its_answer_while_new_connections_are_refused()
    {
        await using var destination = new FakeDestination(Behave.After(_gate.Task, Behave.Ok("late")));
        await using var process = Start(destination);
        using var client = await BeginAsync(process, destination);

        process.Send(PosixSignal.SIGTERM);
        await WaitUntilRefusedAsync(await process.WaitForAddressAsync());
        _gate.SetResult();

        Assert.Equal("late", (await client.ReadAnswerAsync()).Text);
    }

    [Fact]
    public async Task An_idle_connection_does_not_hold_up_the_stop()
    {
        await using var destination = new FakeDestination();
        await using var process = Start(destination);
        using var client = await RawClient.ConnectAsync(await process.WaitForAddressAsync());
        await client.AskAsync(Request);

        process.Send(PosixSignal.SIGTERM);

        Assert.Equal(0, await process.WaitForExitAsync());
    }

    [Fact]
    public async Task A_request_that_outlasts_the_deadline_is_cut_off()
    {
        await using var destination = new FakeDestination(Behave.Hang());
        await using var process = Start(destination, shutdownTimeout: "500ms");
        using var client = await BeginAsync(process, destination);

        process.Send(PosixSignal.SIGTERM);

        Assert.Equal(0, await process.WaitForExitAsync());
    }

    [Fact]
    public async Task A_second_interrupt_does_not_wait_for_the_deadline()
    {
        await using var destination = new FakeDestination(Behave.Hang());
        await using var process = Start(destination, shutdownTimeout: "10m");
        using var client = await BeginAsync(process, destination);

        process.Send(PosixSignal.SIGINT);
        await process.WaitForEventAsync("gracefully shutting down server");
        process.Send(PosixSignal.SIGINT);

        Assert.Equal(1, await process.WaitForExitAsync());
    }

    private ProxyProcess Start(FakeDestination destination, string shutdownTimeout = "30s")
    {
        var environment = new Dictionary<string, string> { ["LoadBalancer__ShutdownTimeout"] = shutdownTimeout };
        return ProxyProcess.Start(
            _folder, environment, "--servers", new Uri(destination.Address).Authority, "--health-path", "/health", "--listen", "http://127.0.0.1:0", "--admin", "none");
    }

    private static async Task<RawClient> BeginAsync(ProxyProcess process, FakeDestination destination)
    {
        var client = await RawClient.ConnectAsync(await process.WaitForAddressAsync());
        await client.SendAsync(Request);
        await destination.WaitForRequestAsync();
        return client;
    }

    private static Task WaitUntilRefusedAsync(string address) => Eventually.HoldsAsync(
        async () =>
        {
            try
            {
                using var client = await RawClient.ConnectAsync(address);
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        },
        $"{address} refuses connections");
}
