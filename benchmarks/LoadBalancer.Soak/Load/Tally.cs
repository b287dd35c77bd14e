namespace LoadBalancer.Soak.Load;

/// <summary>What became of all requests of a load.</summary>
internal sealed class Tally(IReadOnlyCollection<Sample> samples)
{
    // The proxy is asked for its state every few milliseconds; what was sent until then may have been sent before the ejection.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(200);

    private readonly TimeSpan[] _times = [.. samples.Select(sample => sample.Took).Order()];

    /// <summary>How many there were.</summary>
    public int Requests => samples.Count;

    /// <summary>How many ended so.</summary>
    public int Count(Ending ending) => samples.Count(sample => sample.Ending == ending);

    /// <summary>Each status but 200, and how many had it.</summary>
    public string Statuses => string.Join(' ', samples.Where(sample => sample.Ending == Ending.Status).GroupBy(sample => sample.Status).OrderBy(group => group.Key).Select(group => $"{group.Key}:{group.Count()}"));

    /// <summary>The time that this share of the requests took at most, in milliseconds.</summary>
    public double? Milliseconds(double share) => _times.Length == 0 ? null : _times[Math.Min(_times.Length - 1, (int)(share * _times.Length))].TotalMilliseconds;

    /// <summary>Which share of the answers of a span of time came from this destination.</summary>
    public double? ShareOf(string destination, TimeSpan from, TimeSpan to)
    {
        var within = samples.Where(sample => sample.From >= from && sample.From < to && sample.Destination is not null).ToList();
        return within.Count == 0 ? null : within.Count(sample => sample.Destination == destination) / (double)within.Count;
    }

    /// <summary>How many were told an error that the retry budget is the reason of: sent while a destination failed that was not out yet, and no more than the budget refused.</summary>
    /// <param name="exposures">From the start of each fault until its destination was out.</param>
    /// <param name="refused">How many attempts the proxy says that the budget refused.</param>
    public long ShedWithin(IReadOnlyCollection<(TimeSpan From, TimeSpan To)> exposures, long refused) => Math.Min(samples.Count(sample => MayBeShed(sample, exposures)), refused);

    /// <summary>How many were told an error that nothing excuses.</summary>
    /// <param name="exposures">As of <see cref="ShedWithin"/>.</param>
    /// <param name="refused">As of <see cref="ShedWithin"/>.</param>
    public long Unexcused(IReadOnlyCollection<(TimeSpan From, TimeSpan To)> exposures, long refused) =>
        samples.Count(sample => sample.Ending is Ending.BrokenBefore or Ending.Status) - ShedWithin(exposures, refused);

    private static bool MayBeShed(in Sample sample, IReadOnlyCollection<(TimeSpan From, TimeSpan To)> exposures)
    {
        if (sample is not { Ending: Ending.Status, Status: 502 or 504 })
        {
            return false;
        }

        // It may have been sent before the fault, and have been under way when it began.
        var (from, ended) = (sample.From, sample.From + sample.Took);
        return exposures.Any(exposure => from <= exposure.To + Slack && ended >= exposure.From);
    }
}
