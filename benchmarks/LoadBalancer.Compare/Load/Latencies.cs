namespace LoadBalancer.Compare.Load;

/// <summary>Counts latencies, to the microsecond up to a second.</summary>
internal sealed class Latencies
{
    private readonly int[] _counts = new int[1_000_001];

    /// <summary>How many there are.</summary>
    public long Count => _counts.Sum(count => (long)count);

    /// <summary>Adds one.</summary>
    public void Add(TimeSpan latency) => _counts[(int)Math.Clamp(latency.TotalMicroseconds, 0, _counts.Length - 1)]++;

    /// <summary>The latency that this part of them did not exceed; zero when there are none.</summary>
    /// <param name="part">From 0 to 1.</param>
    public TimeSpan Quantile(double part)
    {
        var left = (long)Math.Ceiling(Count * part);
        var microseconds = -1;
        while (left > 0)
        {
            left -= _counts[++microseconds];
        }

        return TimeSpan.FromMicroseconds(Math.Max(0, microseconds));
    }
}
