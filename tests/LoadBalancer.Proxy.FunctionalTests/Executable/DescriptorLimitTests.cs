using System.Runtime.InteropServices;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>What the program does when clients open more connections than it may have file descriptors.</summary>
public sealed class DescriptorLimitTests(ITestOutputHelper output) : IAsyncDisposable
{
    private const string Request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private const int Idle = 400;

    // As long as the processor time is measured over. An accept loop that spins takes most of it.
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(3);

    private readonly WorkFolder _folder = new();
    private readonly List<RawClient> _idle = [];
    private readonly FakeDestination _destination = new(Behave.Raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));

    public async ValueTask DisposeAsync()
    {
        CloseIdle();
        await _destination.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_waits_for_room_and_says_once_which_limit_it_is()
    {
        await using var process = Start(limit: 400);
        await OpenIdleAsync(await process.WaitForAddressAsync());
        await process.WaitForEventAsync("RLIMIT_NOFILE");

        var used = await MeasureAsync(process);

        Assert.True(used < Measured / 5, $"it used {used.TotalMilliseconds:0} ms of processor time");
        Assert.Matches(@"^WARNING - \d+ connections of clients are open, and the limit of open files \(RLIMIT_NOFILE 400\)", Assert.Single(Warnings(process)));
    }

    [Fact]
    public async Task Who_is_connected_is_still_served_by_a_destination_that_needs_a_new_connection_each_time()
    {
        await using var process = Start(limit: 400);
        var address = await process.WaitForAddressAsync();
        using var client = await RawClient.ConnectAsync(address);
        await client.AskAsync(Request);
        await OpenIdleAsync(address);
        await process.WaitForEventAsync("RLIMIT_NOFILE");

        Assert.Equal("ok", (await client.AskAsync(Request)).Text);
        Assert.DoesNotContain(process.Events, line => line.Contains("is down", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_waits_is_served_once_others_have_closed()
    {
        await using var process = Start(limit: 400);
        var address = await process.WaitForAddressAsync();
        await OpenIdleAsync(address);
        await process.WaitForEventAsync("RLIMIT_NOFILE");
        using var client = await RawClient.ConnectAsync(address);
        await client.SendAsync(Request);

        CloseIdle();

        Assert.Equal("ok", (await client.ReadAnswerAsync()).Text);
    }

    [Fact]
    public async Task The_operator_is_let_in_meanwhile()
    {
        var admin = TakenAddress.Freed();
        await using var process = Start(limit: 400, admin);
        await OpenIdleAsync(await process.WaitForAddressAsync());
        await process.WaitForEventAsync("RLIMIT_NOFILE");

        using var client = await RawClient.ConnectAsync(admin);

        Assert.Equal("Healthy", (await client.AskAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")).Text);
    }

    [Fact]
    public async Task A_limit_that_is_lowered_while_it_runs_makes_it_wait_and_say_so_as_well()
    {
        // No probe is under way then: for want of descriptors it could not be sent.
        await using var process = Start(limit: 4000, healthInterval: "1h");
        var address = await process.WaitForAddressAsync();
        using var client = await RawClient.ConnectAsync(address);
        await client.AskAsync(Request);
        SetLimit(process, process.Descriptors.Count + 50);
        await OpenIdleAsync(address);
        await process.WaitForEventAsync("RLIMIT_NOFILE");

        var used = await MeasureAsync(process);

        Assert.True(used < Measured / 5, $"it used {used.TotalMilliseconds:0} ms of processor time");
        Assert.Contains("cannot accept connections", Assert.Single(Warnings(process)), StringComparison.Ordinal);

        SetLimit(process, 4000);
        using var late = await RawClient.ConnectAsync(address);
        Assert.Equal("ok", (await late.AskAsync(Request)).Text);
    }

    private ProxyProcess Start(int limit, string admin = "none", string healthInterval = "1s")
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is set and told as Linux does.");
        return ProxyProcess.StartWithDescriptors(
            _folder, limit, "--listen", "http://127.0.0.1:0", "--admin", admin, "--servers", new Uri(_destination.Address).Authority, "--health-path", "/health", "--health-interval", healthInterval);
    }

    private async Task OpenIdleAsync(string address)
    {
        for (var i = 0; i < Idle; i++)
        {
            _idle.Add(await RawClient.ConnectAsync(address));
        }
    }

    private void CloseIdle()
    {
        _idle.ForEach(client => client.Dispose());
        _idle.Clear();
    }

    private async Task<TimeSpan> MeasureAsync(ProxyProcess process)
    {
        var before = process.ProcessorTime;
        await Task.Delay(Measured, TimeProvider.System, CancellationToken.None);
        var used = process.ProcessorTime - before;
        output.WriteLine($"in {Measured.TotalMilliseconds:0} ms without a descriptor to spare it used {used.TotalMilliseconds:0} ms of processor time");
        return used;
    }

    private static IEnumerable<string> Warnings(ProxyProcess process) => process.Events.Where(line => line.StartsWith("WARNING", StringComparison.Ordinal));

    private static void SetLimit(ProxyProcess process, int descriptors)
    {
        const int openFiles = 7;
        var limit = new Limit { Soft = (ulong)descriptors, Hard = 4000 };
        Assert.Equal(0, prlimit(process.Id, openFiles, ref limit, IntPtr.Zero));
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prlimit(int processId, int resource, ref Limit limit, IntPtr before);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
