namespace LoadBalancer.Proxy.Telemetry;

/// <summary>Counts that many threads change and few read: each is kept in several places, so that processors seldom write to the same one.</summary>
internal sealed class StripedCounts(int length)
{
    // Two lines of a processor's cache, which reads them in pairs.
    private const int Spacing = 16;

    private static readonly int Count = Stripes.CountFor(64);

    private readonly int _stride = length + Spacing;
    private readonly long[] _counts = new long[(length + Spacing) * Count];
    private readonly bool[] _wasUsed = new bool[length];

    /// <summary>Adds to a count.</summary>
    public void Add(int index, long value)
    {
        if (!_wasUsed[index])
        {
            _wasUsed[index] = true;
        }

        Interlocked.Add(ref _counts[(_stride * Stripes.Own(Count)) + index], value);
    }

    /// <summary>Whether anything was ever added to a count.</summary>
    public bool WasUsed(int index) => _wasUsed[index];

    /// <summary>A count. What is added meanwhile may be in it or not.</summary>
    public long Read(int index)
    {
        var sum = 0L;
        for (var stripe = 0; stripe < Count; stripe++)
        {
            sum += Interlocked.Read(ref _counts[(_stride * stripe) + index]);
        }

        return sum;
    }
}
