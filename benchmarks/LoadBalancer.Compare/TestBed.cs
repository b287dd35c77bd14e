using System.Net;
using System.Net.Sockets;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Peers;
using LoadBalancer.Compare.Processes;
using LoadBalancer.Compare.Scenarios;

namespace LoadBalancer.Compare;

/// <summary>Destinations and proxies, freshly started. Disposing ends them all and removes what they wrote.</summary>
internal sealed class TestBed : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Scenario _scenario;
    private readonly Cpus _cpus;
    private readonly WorkFolder _folder = new();
    private readonly List<Child> _started = [];
    private readonly List<Running> _running = [];
    private readonly Dictionary<string, string> _failures = [];
    private TelemetrySink? _telemetry;
    private bool _closed;

    private TestBed(Scenario scenario, Cpus cpus) => (_scenario, _cpus) = (scenario, cpus);

    /// <summary>The proxies that run and do what they should.</summary>
    public IReadOnlyList<Peer> Ready => [.. _running.Select(running => running.Peer)];

    /// <summary>What is wrong with the others, by name.</summary>
    public IReadOnlyDictionary<string, string> Failures => _failures;

    /// <summary>Starts everything.</summary>
    /// <param name="nginx">The nginx of the destinations.</param>
    /// <exception cref="CompareException">The destinations do not start.</exception>
    public static async Task<TestBed> OpenAsync(Scenario scenario, IReadOnlyList<Peer> peers, string nginx, Cpus cpus, CancellationToken cancellationToken)
    {
        var bed = new TestBed(scenario, cpus);
        try
        {
            await bed.StartAsync(peers, nginx, cancellationToken);
            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    /// <summary>Loads a proxy for a while, and measures.</summary>
    /// <param name="isWarmUp">Whether it is the load before the one that counts.</param>
    /// <exception cref="CompareException">It has ended, or answers nothing.</exception>
    public async Task<Slot> MeasureAsync(Peer peer, TimeSpan duration, bool isWarmUp, CancellationToken cancellationToken)
    {
        var running = _running.Find(running => running.Peer == peer)!;
        var before = Reading.Take(running.Process.Id, _cpus);
        var drive = DriveOf(running, duration);
        var load = await (isWarmUp ? _scenario.WarmUpAsync(drive, cancellationToken) : _scenario.DriveAsync(drive, cancellationToken));
        var after = Reading.Take(running.Process.Id, _cpus);
        if (running.Process.HasExited || load.Requests == 0)
        {
            throw new CompareException($"{peer.Name} {(running.Process.HasExited ? "has ended" : "answers nothing")} under load. {running.Process.Said}");
        }

        return new Slot(
            load,
            after.Proxy - before.Proxy,
            after.BusyTicks - before.BusyTicks,
            after.KnownTicks - before.KnownTicks,
            after.Switches.Since(before.Switches),
            after.ResidentMegabytes);
    }

    /// <summary>Loads a proxy for a while, and counts how many system calls it makes for a request.</summary>
    /// <exception cref="CompareException">They cannot be counted.</exception>
    public Task<double> CountCallsAsync(Peer peer, TimeSpan duration, CancellationToken cancellationToken)
    {
        var running = _running.Find(running => running.Peer == peer)!;
        var drive = DriveOf(running, duration);
        return CallCount.DuringAsync(() => _scenario.WarmUpAsync(drive, cancellationToken), running.Process.Id, drive.Cpus, _folder, cancellationToken);
    }

    /// <summary>Ends everything, and says whether metrics have arrived from our proxies where they are to: they shall pay for collecting them.</summary>
    public async Task<bool> CloseAsync()
    {
        await DisposeAsync();
        return !_scenario.HasTelemetry || _telemetry is { Metrics: > 0 };
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        try
        {
            // The last first: proxies send what metrics they still have, and no probe meets a dead destination.
            for (var i = _started.Count - 1; i >= 0; i--)
            {
                await _started[i].DisposeAsync();
            }
        }
        finally
        {
            _telemetry?.Dispose();
            _folder.Dispose();
        }
    }

    private async Task StartAsync(IReadOnlyList<Peer> peers, string nginx, CancellationToken cancellationToken)
    {
        var ports = FreePorts.Find(Destinations.Count + 1 + peers.Count);
        var destinations = ports[..Destinations.Count];
        _telemetry = new TelemetrySink(ports[Destinations.Count]);
        await WaitUntilTheyListenAsync(Start(_scenario.PrepareDestinations(nginx, destinations, _folder), _cpus.OfLoad(_scenario)), destinations, cancellationToken);
        foreach (var (peer, port) in peers.Zip(ports[(Destinations.Count + 1)..]))
        {
            try
            {
                var setup = new PeerSetup(port, destinations, _scenario, _folder, _scenario.HasTelemetry ? _telemetry.Address : null);
                var launch = peer.Prepare(setup);
                var running = new Running(peer, launch, new Uri($"http://127.0.0.1:{port}")) { Process = Start(launch, _cpus.OfProxy(_scenario)) };
                await new PeerCheck(peer, running.Process, running.Address).RunAsync(_scenario, destinations, cancellationToken);
                _running.Add(running);
            }
            catch (Exception exception) when (exception is CompareException or HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                _failures.Add(peer.Name, exception.Message);
            }
        }
    }

    // A proxy that comes before its destinations may take them for broken for a while.
    private static async Task WaitUntilTheyListenAsync(Child process, IReadOnlyList<int> ports, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Pause);
        var started = TimeProvider.System.GetTimestamp();
        while (!await ListenAsync(ports, cancellationToken))
        {
            if (process.HasExited || TimeProvider.System.GetElapsedTime(started) > Limit)
            {
                throw new CompareException($"the destinations do not start. {process.Said}");
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private static async Task<bool> ListenAsync(IReadOnlyList<int> ports, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var port in ports)
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private Drive DriveOf(Running running, TimeSpan duration) =>
        new(running.Address, duration, _cpus.OfLoad(_scenario), _folder, () => Proc.ReadResidentMegabytes(Proc.ReadProcesses().Tree(running.Process.Id)), () => RestartAsync(running));

    private async Task<long> RestartAsync(Running running)
    {
        _started.Remove(running.Process);
        await running.Process.DisposeAsync();
        var began = TimeProvider.System.GetTimestamp();
        running.Process = Start(running.Launch, _cpus.OfProxy(_scenario));
        return began;
    }

    private Child Start(Launch launch, string cpus)
    {
        var child = Child.Start(launch.On(cpus));
        _started.Add(child);
        return child;
    }

    private sealed record Running(Peer Peer, Launch Launch, Uri Address)
    {
        public required Child Process { get; set; }
    }

    /// <summary>The counters of the kernel at one moment.</summary>
    private sealed record Reading(CpuTime Proxy, long BusyTicks, long KnownTicks, ContextSwitches Switches, double ResidentMegabytes)
    {
        public static Reading Take(int proxy, Cpus cpus)
        {
            var processes = Proc.ReadProcesses();

            // All that we started descends from us, and load generators that have ended are counted with us.
            var known = processes.CpuOfTree(Environment.ProcessId) + processes.CpuOfNamed($"ksoftirqd/{cpus.Proxy}", $"ksoftirqd/{cpus.Load}");
            return new(
                processes.CpuOfTree(proxy),
                Proc.ReadBusyTicks(cpus.Proxy, cpus.Load),
                known.Ticks,
                Proc.ReadContextSwitches(processes.Tree(proxy)),
                Proc.ReadResidentMegabytes(processes.Tree(proxy)));
        }
    }
}
