using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using LoadBalancer.Proxy.FunctionalTests.Protocols;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>A new process takes over from the one that runs, under load.</summary>
public sealed class TakeOverTests : IDisposable
{
    private const int Upgrades = 5;
    private const int Clients = 4;

    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("kestrel")]
    [InlineData("eventloop")]
    public async Task Five_upgrades_under_load_lose_no_request(string engine)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "descriptors are handed over on Linux");
        await using var destination = new FakeDestination(Behave.Ok("served"));
        var (address, admin) = (TakenAddress.Freed(), TakenAddress.Freed());
        // Without probes that a busy machine would answer too late: this is about listeners.
        string[] typed =
        [
            "--health-fall", "1000", "--servers", new Uri(destination.Address).Authority, "--listen", address, "--admin", admin, "--engine", engine, "--take-over", Path.Combine(_folder.Path, "take-over.sock"),
        ];
        var running = ProxyProcess.Start(_folder, typed);
        try
        {
            await running.WaitForAddressAsync();
            using var load = new Load(address);
            for (var upgrade = 1; upgrade <= Upgrades; upgrade++)
            {
                var next = ProxyProcess.Start(_folder, typed);
                await using var before = running;
                running = next;
                await next.WaitForEventAsync("taken over from the process that ran");
                Assert.Equal(0, await before.WaitForExitAsync());
                await load.GoOnAsync();
            }

            await load.StopAsync();
            TestContext.Current.SendDiagnosticMessage($"{load.Answered} requests over {Upgrades} upgrades of {engine}");
            Assert.True(load.Failures.IsEmpty, string.Join('\n', load.Failures.Take(5)));
            using var client = new HttpClient();
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri($"{admin}/health"), TestContext.Current.CancellationToken)).StatusCode);
        }
        finally
        {
            await running.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("kestrel")]
    [InlineData("eventloop")]
    public async Task The_file_of_a_Unix_domain_socket_stays_with_the_new_process_and_goes_with_it(string engine)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "descriptors are handed over on Linux");
        await using var destination = new FakeDestination(Behave.Ok("served"));
        var file = Path.Combine(_folder.Path, "lb.sock");
        string[] typed =
        [
            "--servers", new Uri(destination.Address).Authority, "--listen", $"http://unix:{file}", "--admin", "none", "--engine", engine, "--take-over", Path.Combine(_folder.Path, "take-over.sock"),
        ];
        await using var before = ProxyProcess.Start(_folder, typed);
        await before.WaitForAddressAsync();
        await using var next = ProxyProcess.Start(_folder, typed);
        await next.WaitForEventAsync("taken over from the process that ran");
        Assert.Equal(0, await before.WaitForExitAsync());

        Assert.Equal("served 1.1 200", await Curl.AskAsync("--unix-socket", file, "http://localhost/"));

        next.Send(PosixSignal.SIGTERM);
        Assert.Equal(0, await next.WaitForExitAsync());
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task More_listening_sockets_than_one_message_takes_go_over_all()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "descriptors are handed over on Linux");
        const int Sockets = 210;
        await using var destination = new FakeDestination(Behave.Ok("served"));
        string[] files = [.. Enumerable.Range(0, Sockets).Select(i => Path.Combine(_folder.Path, $"{i}.sock"))];
        string[] typed =
        [
            "--servers", new Uri(destination.Address).Authority, "--admin", "none", "--take-over", Path.Combine(_folder.Path, "take-over.sock"), .. files.SelectMany(file => new[] { "--listen", $"http://unix:{file}" }),
        ];
        await using var before = ProxyProcess.Start(_folder, typed);
        await before.WaitForAddressAsync();
        await using var next = ProxyProcess.Start(_folder, typed);
        await next.WaitForEventAsync("taken over from the process that ran");
        Assert.Equal(0, await before.WaitForExitAsync());

        Assert.All(files, file => Assert.True(Answers(file), file));

        static bool Answers(string file)
        {
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Connect(new UnixDomainSocketEndPoint(file));
            client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8);
            return client.Receive(new byte[1]) == 1;
        }
    }

    [Fact]
    public async Task A_new_process_that_cannot_start_leaves_the_one_that_runs_as_it_is()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "descriptors are handed over on Linux");
        await using var destination = new FakeDestination(Behave.Ok("served"));
        var address = TakenAddress.Freed();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string[] typed = ["--servers", new Uri(destination.Address).Authority, "--listen", address, "--take-over", Path.Combine(_folder.Path, "take-over.sock")];
        await using var running = ProxyProcess.Start(_folder, [.. typed, "--admin", "none"]);
        await running.WaitForAddressAsync();

        await using var next = await ProxyProcess.RunAsync(_folder, [.. typed, "--admin", $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}"]);

        Assert.Equal(1, await next.WaitForExitAsync());
        await running.WaitForEventAsync("the new process did not take over: it ended before it served");
        using var client = new HttpClient();
        Assert.Equal("served", await client.GetStringAsync(new Uri(address), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_socket_that_a_killed_process_left_behind_is_replaced()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "descriptors are handed over on Linux");
        string[] typed = ["--servers", "127.0.0.1:1", "--listen", "http://127.0.0.1:0", "--admin", "none", "--take-over", Path.Combine(_folder.Path, "take-over.sock")];
        await using (var killed = ProxyProcess.Start(_folder, typed))
        {
            await killed.WaitForAddressAsync();
        }

        await using var next = ProxyProcess.Start(_folder, typed);

        await next.WaitForAddressAsync();
        await using var after = ProxyProcess.Start(_folder, typed);
        await after.WaitForEventAsync("taken over from the process that ran");
    }

    [Theory]
    [InlineData("", "TakeOver: '' is not the path of a socket: write /run/loadbalancer/take-over.sock (--take-over)")]
    [InlineData("/nowhere/at/all.sock", "TakeOver: cannot be waited at, /nowhere/at/all.sock: ")]
    public async Task A_path_that_cannot_be_one_is_one_line_and_code_1(string path, string error)
    {
        await using var process = await ProxyProcess.RunAsync(_folder, "--servers", "127.0.0.1:1", "--listen", "http://127.0.0.1:0", "--admin", "none", "--take-over", path);

        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.StartsWith(error, Assert.Single(process.Errors), StringComparison.Ordinal);
    }

    /// <summary>Clients that make a new connection for each request, so that nothing that fails could be tried again unseen; and one that keeps its connections.</summary>
    private sealed class Load : IDisposable
    {
        // Between two requests of a client: a thousand a second of all of them, and processor time is left for the process that starts.
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

        private const string Request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

        private readonly CancellationTokenSource _end = new();
        private readonly HttpClient _keeping = new();
        private readonly Task[] _clients;
        private long _answered;

        public Load(string address) => _clients = [.. Enumerable.Range(1, Clients).Select(_ => AskAsync(() => AskOnceAsync(address))), AskAsync(() => _keeping.GetStringAsync(new Uri(address)))];

        public ConcurrentQueue<string> Failures { get; } = [];

        public long Answered => Interlocked.Read(ref _answered);

        /// <summary>Waits until some more requests have been made.</summary>
        public Task GoOnAsync()
        {
            var enough = Answered + (20 * Clients);
            return Eventually.HoldsAsync(() => Answered >= enough, "the clients go on");
        }

        public async Task StopAsync()
        {
            await _end.CancelAsync();
            await Task.WhenAll(_clients).InTime();
        }

        public void Dispose()
        {
            _end.Cancel();
            _end.Dispose();
            _keeping.Dispose();
        }

        private static async Task<string> AskOnceAsync(string address)
        {
            using var client = await RawClient.ConnectAsync(address);
            return (await client.AskAsync(Request)).Text;
        }

        private async Task AskAsync(Func<Task<string>> ask)
        {
            while (!_end.IsCancellationRequested)
            {
                try
                {
                    var text = await Task.Run(ask);
                    if (text != "served")
                    {
                        Failures.Enqueue($"answer '{text}'");
                    }
                }
                catch (Exception exception)
                {
                    Failures.Enqueue(exception.Message);
                }

                Interlocked.Increment(ref _answered);
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }
}
