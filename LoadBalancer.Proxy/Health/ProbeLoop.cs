using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Health;

/// <summary>The probing of one destination: what is probed, and how one tells it to hurry or to end.</summary>
internal sealed class ProbeLoop(Cluster cluster, Member member) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private volatile Tuple<Cluster, Member> _probed = new(cluster, member);
    private volatile TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasPassed = member.Destination.Health.Status.Verdict == HealthVerdict.Healthy;

    /// <summary>What the next probe is sent to, and how.</summary>
    public (Cluster Cluster, Member Member) Probed => _probed.ToValueTuple();

    /// <summary>What the last probe left open. Only the loop itself may use it.</summary>
    public ProbeDoubt Doubt { get; private set; }

    /// <summary>Ends, and never fails, when the loop has ended.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Goes on with the destination of another configuration.</summary>
    /// <returns>False when its schedule is another one, for which the loop must begin anew.</returns>
    public bool TryFollow(Cluster other, Member otherMember)
    {
        var (options, otherOptions) = (_probed.Item1.Options, other.Options);
        if (options.HealthCheck.Active != otherOptions.HealthCheck.Active
            || options.HttpRequest != otherOptions.HttpRequest
            || options.HttpClient != otherOptions.HttpClient)
        {
            return false;
        }

        _probed = new(other, otherMember);
        return true;
    }

    /// <summary>Ends the pause that the loop is in, or else the next one.</summary>
    public void Hurry() => _hurry.TrySetResult();

    /// <summary>Waits for so long, or where there is a hurry at least for so long: however many connections fail, probes keep their distance.</summary>
    public async Task PauseAsync(TimeSpan pause, TimeSpan least, TimeProvider time, CancellationToken stopping)
    {
        var began = time.GetTimestamp();
        await _hurry.Task.WaitAsync(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.ThrowIfCancellationRequested();
        if (_hurry.Task.IsCompleted)
        {
            _hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var rest = least - time.GetElapsedTime(began);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, time, stopping);
            }
        }
    }

    /// <summary>Takes in what a probe found, after the verdict on it.</summary>
    public void Note(bool passed)
    {
        _hasPassed |= passed;
        var isHealthy = Probed.Member.Destination.Health.Status.Verdict == HealthVerdict.Healthy;
        Doubt = isHealthy != passed || !_hasPassed ? ProbeDoubt.Open
            : isHealthy ? ProbeDoubt.None
            : ProbeDoubt.Down;
    }

    /// <summary>Starts the loop.</summary>
    public void Start(Func<CancellationToken, Task> run)
    {
        // The loop must not run on in the context of whoever changed the configuration.
        using (ExecutionContext.SuppressFlow())
        {
            var stopping = _stopping.Token;
            Ended = Task.Run(() => RunToEndAsync(run, stopping));
        }
    }

    /// <summary>Tells the loop to end, and does not wait for it.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private static async Task RunToEndAsync(Func<CancellationToken, Task> run, CancellationToken stopping)
    {
        try
        {
            await run(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped, as it was told to.
        }
    }
}
