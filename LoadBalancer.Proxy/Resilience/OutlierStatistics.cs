using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Resilience;

/// <summary>What a destination stands out by.</summary>
internal enum OutlierKind
{
    ConsecutiveFailures,
    FailureRate,
    Latency,
}

/// <summary>
/// What real traffic shows of one destination. Only numbers: it has no clock, and who is to be taken out is decided elsewhere.
/// It is told of every attempt, by many threads at once, and allocates nothing.
/// </summary>
/// <param name="options">What is looked for.</param>
internal sealed class OutlierStatistics(OutlierDetectionOptions options)
{
    // Where a destination may not be taken out, it need not be told with each of its failures.
    private static readonly long SayAgainAfter = TimeSpan.FromMilliseconds(100).Ticks;

    private readonly SlidingRate? _rate = options.FailureRate is { } rate ? new SlidingRate(rate.Window) : null;
    private readonly LatencyWindow? _latency = options.Latency is { } latency ? new LatencyWindow(latency.Window) : null;
    private int _failuresInARow;
    private long _saidAt = -SayAgainAfter;
    private long _slowerThan = long.MaxValue;

    /// <summary>What is looked for.</summary>
    public OutlierDetectionOptions Options { get; } = options;

    /// <summary>
    /// Above this, in ticks, an attempt that nobody waited for to the end says something: the answer would have taken longer. It is what half of the answers
    /// take, its own or those of the others, whichever is more: else a client that leaves early could speed a destination up or slow it down.
    /// </summary>
    public long SlowerThan
    {
        set => Volatile.Write(ref _slowerThan, value);
    }

    /// <summary>Takes in what an attempt ended in.</summary>
    /// <returns>What the destination now stands out by, if anything.</returns>
    public OutlierKind? Note(in AttemptResult result, long now)
    {
        if (_latency is { } latency)
        {
            NoteLatency(latency, result, now);
        }

        var isFailure = result.Outcome.IsDestinationFault() && (Options.CountServerErrors || result.Outcome != Outcome.ServerError);
        if (isFailure)
        {
            _rate?.Add(failed: true, now);
            return NoteFailure(now);
        }

        // Of one that the client or the proxy gave up, nobody knows what would have become.
        if (result.Outcome is Outcome.Success or Outcome.ServerError)
        {
            _rate?.Add(failed: false, now);
            if (Volatile.Read(ref _failuresInARow) != 0)
            {
                Volatile.Write(ref _failuresInARow, 0);
            }
        }

        return null;
    }

    /// <summary>How many of its last requests failed, in the window of <see cref="FailureRateOptions"/>.</summary>
    public (long Total, long Failures) Rate(long now) => _rate?.Read(now) ?? default;

    /// <summary>How many answers it gave in the window of <see cref="LatencyOutlierOptions"/>, and the median of the time they took.</summary>
    public (long Count, long Median) Latency(long now) => _latency?.Read(now) ?? default;

    /// <summary>Forgets everything, as when it comes back: it is not to be judged twice for the same.</summary>
    public void Reset()
    {
        Volatile.Write(ref _failuresInARow, 0);
        Volatile.Write(ref _slowerThan, long.MaxValue);
        _rate?.Reset();
        _latency?.Reset();
    }

    private OutlierKind? NoteFailure(long now)
    {
        var inARow = Interlocked.Increment(ref _failuresInARow);
        var kind = Options.ConsecutiveFailures > 0 && inARow >= Options.ConsecutiveFailures ? OutlierKind.ConsecutiveFailures
            : HasHighRate(now) ? OutlierKind.FailureRate
            : (OutlierKind?)null;
        var saidAt = Volatile.Read(ref _saidAt);
        return kind is not null && now - saidAt >= SayAgainAfter && Interlocked.CompareExchange(ref _saidAt, now, saidAt) == saidAt ? kind : null;
    }

    private bool HasHighRate(long now) =>
        Options.FailureRate is { } limit && Rate(now) is var (total, failures) && total >= limit.MinimumRequests && failures >= total * limit.Share;

    // Errors are quick, and would make those look slow that do their work.
    private void NoteLatency(LatencyWindow latency, in AttemptResult result, long now)
    {
        if (result.ToHead is { } elapsed)
        {
            if (result.Status is > 0 and < 400)
            {
                latency.Add(elapsed, now);
            }
        }
        else if (result.RequestHeadSent && result.Lasted > Volatile.Read(ref _slowerThan) && result.Outcome is Outcome.Timeout or Outcome.ClientLeft or Outcome.Cancelled)
        {
            latency.Add(result.Lasted, now);
        }
    }
}
