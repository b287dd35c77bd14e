namespace LoadBalancer.Proxy.Resilience;

/// <summary>How many requests of a cluster were refused because there were too many, by a rate limit or because no destination had a place.</summary>
internal sealed class ShedCount
{
    private long _value;

    /// <summary>How many there were so far.</summary>
    public long Value => Volatile.Read(ref _value);

    /// <summary>Counts one.</summary>
    public void Add() => Interlocked.Increment(ref _value);
}
