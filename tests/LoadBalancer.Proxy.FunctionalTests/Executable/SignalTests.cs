using System.Net;
using System.Runtime.InteropServices;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>What signals do to the built program, beside those that end it at once.</summary>
public sealed class SignalTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(10, "SIGUSR1")]
    [InlineData(12, "SIGUSR2")]
    public async Task A_signal_that_means_nothing_here_does_no_harm(int signal, string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), $"{name} has another number elsewhere");
        await using var destination = new FakeDestination(Behave.Ok("served"));
        await using var process = ProxyProcess.Start(_folder, "--servers", Server(destination), "--listen", "http://127.0.0.1:0", "--admin", "none");
        using var client = await RawClient.ConnectAsync(await process.WaitForAddressAsync());

        process.Send((PosixSignal)signal);

        Assert.Equal("served", (await client.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
        process.Send(PosixSignal.SIGTERM);
        Assert.Equal(0, await process.WaitForExitAsync());
    }

    [Fact]
    public async Task With_a_delay_the_program_says_so_and_ends_after_it()
    {
        await using var destination = new FakeDestination();
        await using var process = ProxyProcess.Start(
            _folder, new Dictionary<string, string> { ["LoadBalancer__ShutdownDelay"] = "1s" }, "--servers", Server(destination), "--listen", "http://127.0.0.1:0", "--admin", "none");
        await process.WaitForAddressAsync();

        process.Send(PosixSignal.SIGTERM);
        Assert.Equal(0, await process.WaitForExitAsync());

        var events = process.Events.ToList();
        var (leaving, stopping) = (events.FindIndex(line => line.EndsWith("not ready any more, and shutting down in 1s", StringComparison.Ordinal)), events.FindIndex(line => line.EndsWith("gracefully shutting down server", StringComparison.Ordinal)));
        Assert.True(leaving >= 0 && leaving < stopping, string.Join('\n', events));
    }

    [Fact]
    public async Task That_it_is_not_ready_while_it_stops_is_no_error_in_its_log()
    {
        var admin = TakenAddress.Freed();
        await using var destination = new FakeDestination();
        await using var process = ProxyProcess.Start(
            _folder, new Dictionary<string, string> { ["LoadBalancer__ShutdownDelay"] = "1h" }, "--servers", Server(destination), "--listen", "http://127.0.0.1:0", "--admin", admin);
        await process.WaitForAddressAsync();
        process.Send(PosixSignal.SIGTERM);
        await process.WaitForEventAsync("not ready any more");

        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri($"{admin}/health"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);

        // Lines come in their order: what was said of the answer is there before what is said of this.
        process.Send(PosixSignal.SIGHUP);
        await process.WaitForEventAsync("configuration reloaded");
        Assert.DoesNotContain(process.Events, line => line.Contains("Health check", StringComparison.Ordinal));
    }

    private static string Server(FakeDestination destination) => new Uri(destination.Address).Authority;
}
