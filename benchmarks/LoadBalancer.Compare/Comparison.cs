using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Peers;
using LoadBalancer.Compare.Processes;
using LoadBalancer.Compare.Scenarios;

namespace LoadBalancer.Compare;

/// <summary>Measures proxies side by side.</summary>
/// <param name="peers">Those that are installed.</param>
/// <param name="nginx">The nginx of the destinations.</param>
/// <param name="cpus">Which CPU does what.</param>
/// <param name="options">How much is measured.</param>
/// <param name="progress">Where to say how far it has come.</param>
internal sealed class Comparison(IReadOnlyList<Peer> peers, string nginx, Cpus cpus, CompareOptions options, TextWriter progress)
{
    // What a proxy still does after its slot, such as compiling, is not the next one's.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, string> _failures = [];
    private Effort _effort = Effort.Full;

    /// <summary>What went wrong in the last scenario, by the name of the proxy.</summary>
    public IReadOnlyDictionary<string, string> Failures => _failures;

    /// <summary>Measures one scenario.</summary>
    public async Task<ScenarioFigures> RunAsync(Scenario scenario, CancellationToken cancellationToken)
    {
        _effort = scenario.Within(options.Effort);
        _failures.Clear();
        var figures = new ScenarioFigures();
        for (var start = 0; start < _effort.Starts; start++)
        {
            figures.BeginStart();
            await RunStartAsync(scenario, start, figures, cancellationToken);
        }

        // What failed once is not to be judged by the times when it did not.
        foreach (var name in _failures.Keys)
        {
            figures.Drop(name);
        }

        return figures;
    }

    private async Task RunStartAsync(Scenario scenario, int start, ScenarioFigures figures, CancellationToken cancellationToken)
    {
        // 1. Fresh processes, each seen to do what is asked of all.
        progress.WriteLine($"{scenario.Name}: start {start + 1} of {_effort.Starts}");
        await using var bed = await TestBed.OpenAsync(scenario, [.. peers.Where(peer => peer.TakesPartIn(scenario))], nginx, cpus, cancellationToken);
        foreach (var (name, failure) in bed.Failures)
        {
            Fail(name, failure);
        }

        // 2. Warm: the first requests open connections, and code is compiled as it runs.
        var taking = new List<Peer>();
        foreach (var peer in bed.Ready)
        {
            if (await WarmUpAsync(bed, peer, cancellationToken))
            {
                taking.Add(peer);
            }
        }

        // 3. System calls in loads of their own: to count them has a cost.
        var calls = new Dictionary<Peer, double>();
        foreach (var peer in options.CountsCalls ? taking : [])
        {
            calls.Add(peer, await CountCallsAsync(bed, peer, cancellationToken));
        }

        // 4. The rounds, forward and backward in turn, so that nobody always comes after the same neighbour.
        for (var round = 0; round < _effort.Rounds; round++)
        {
            foreach (var peer in (start + round) % 2 == 0 ? taking : Enumerable.Reverse(taking))
            {
                if (!_failures.ContainsKey(peer.Name) && await MeasureUndisturbedAsync(bed, peer, cancellationToken) is { } slot)
                {
                    figures.Add(peer.Name, slot with { CallsPerRequest = calls.GetValueOrDefault(peer, double.NaN) });
                    progress.WriteLine(FormattableString.Invariant(
                        $"  round {round + 1} of {_effort.Rounds}, {peer.Name}: {slot.Load.RequestsPerSecond:0} requests/s, {scenario.Columns[0].Of(slot):0.0} {scenario.Columns[0].Head}{(slot.IsDisturbed ? ", disturbed" : "")}"));
                }
            }
        }

        // 5. Our proxies have paid for their metrics only if these went out.
        if (!await bed.CloseAsync() && taking.Find(peer => peer.IsOurs) is { } silent)
        {
            Fail(silent.Name, "no metrics arrived: its figures are those of a proxy without telemetry");
        }
    }

    private async Task<bool> WarmUpAsync(TestBed bed, Peer peer, CancellationToken cancellationToken)
    {
        var settling = new Settling();
        for (var count = 1; count <= _effort.WarmUp; count++)
        {
            if (await MeasureAsync(bed, peer, isWarmUp: true, cancellationToken) is not { } slot)
            {
                return false;
            }

            // The cost of what compiles stays the same for a while before it falls by half.
            if ((settling.Add(slot.CpuPerRequest) && !peer.CompilesAsItRuns) || count == _effort.WarmUp)
            {
                progress.WriteLine(FormattableString.Invariant($"  {peer.Name}: warm after {count * _effort.Slot.TotalSeconds:0} s, {slot.CpuPerRequest:0.0} us a request"));
                return true;
            }
        }

        return true;
    }

    private async Task<double> CountCallsAsync(TestBed bed, Peer peer, CancellationToken cancellationToken)
    {
        try
        {
            return await bed.CountCallsAsync(peer, _effort.Slot, cancellationToken);
        }
        catch (CompareException exception)
        {
            progress.WriteLine($"  {peer.Name}: {exception.Message}");
            return double.NaN;
        }
    }

    private async Task<Slot?> MeasureUndisturbedAsync(TestBed bed, Peer peer, CancellationToken cancellationToken)
    {
        var slot = await MeasureAsync(bed, peer, isWarmUp: false, cancellationToken);
        for (var repeat = 0; repeat < _effort.Repeats && slot is { IsDisturbed: true }; repeat++)
        {
            slot = await MeasureAsync(bed, peer, isWarmUp: false, cancellationToken);
        }

        return slot;
    }

    private async Task<Slot?> MeasureAsync(TestBed bed, Peer peer, bool isWarmUp, CancellationToken cancellationToken)
    {
        await Task.Delay(Settle, TimeProvider.System, cancellationToken);
        try
        {
            return await bed.MeasureAsync(peer, _effort.Slot, isWarmUp, cancellationToken);
        }
        catch (Exception exception) when (exception is CompareException or FormatException)
        {
            Fail(peer.Name, exception.Message);
            return null;
        }
    }

    private void Fail(string peer, string message)
    {
        progress.WriteLine($"  {peer} failed: {message}");
        _failures.TryAdd(peer, message);
    }
}
