using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Resilience;

/// <summary>What there may be too much of.</summary>
internal enum OverloadReason : byte
{
    Requests,
    Memory,
    Connections,
}

/// <summary>Refuses requests while the proxy itself has too much to do. Its counts go on over reloads.</summary>
internal sealed class Overload
{
    // It ends when there is some room again, or it would begin and end with every object that is freed.
    private const double EnoughMemory = 0.9;

    private readonly Counts _counts;

    /// <param name="options">The limits.</param>
    /// <param name="previous">The one before, if there was one.</param>
    public Overload(OverloadOptions options, Overload? previous) => (Options, _counts) = (options, previous?._counts ?? new Counts());

    /// <summary>The limits.</summary>
    public OverloadOptions Options { get; }

    /// <summary>How many requests are in flight.</summary>
    public int InFlight => Volatile.Read(ref _counts.InFlight);

    /// <summary>Whether too much memory is taken up.</summary>
    public bool IsMemoryShort => _counts.IsMemoryShort && Options.MaxMemory is not null;

    /// <summary>How many requests were refused for a reason, so far.</summary>
    public long RefusedFor(OverloadReason reason) => Interlocked.Read(ref _counts.Refused[(int)reason]);

    /// <summary>A request has come. Where it is let through, <see cref="End"/> must follow.</summary>
    /// <param name="connections">How many connections of clients are open.</param>
    /// <param name="isFirst">Whether it is the first of its connection.</param>
    /// <param name="reason">What there is too much of, where it is refused.</param>
    /// <returns>What to answer; null when it is let through.</returns>
    public Refusal? Begin(int connections, bool isFirst, out OverloadReason reason)
    {
        reason = default;
        if (isFirst && connections > Options.MaxConnections)
        {
            return Refuse(reason = OverloadReason.Connections, Refusal.TooManyConnections);
        }

        if (IsMemoryShort)
        {
            return Refuse(reason = OverloadReason.Memory, Refusal.Busy);
        }

        if (Interlocked.Increment(ref _counts.InFlight) > Options.MaxRequests)
        {
            Interlocked.Decrement(ref _counts.InFlight);
            return Refuse(reason = OverloadReason.Requests, Refusal.Busy);
        }

        return null;
    }

    /// <summary>A request that was let through has ended.</summary>
    public void End() => Interlocked.Decrement(ref _counts.InFlight);

    /// <summary>Notes how much memory is taken up, in bytes.</summary>
    public void NoteMemory(long bytes) =>
        _counts.IsMemoryShort = Options.MaxMemory is { } most && bytes > (_counts.IsMemoryShort ? most * EnoughMemory : most);

    private Refusal Refuse(OverloadReason reason, Refusal refusal)
    {
        Interlocked.Increment(ref _counts.Refused[(int)reason]);
        return refusal;
    }

    private sealed class Counts
    {
        public readonly long[] Refused = new long[Enum.GetValues<OverloadReason>().Length];
        public int InFlight;
        public volatile bool IsMemoryShort;
    }
}

/// <summary>The names of <see cref="OverloadReason"/>.</summary>
internal static class OverloadReasons
{
    /// <summary>The value of the tag <c>lb.reason</c>.</summary>
    public static string Tag(this OverloadReason reason) => reason switch
    {
        OverloadReason.Requests => "max_requests",
        OverloadReason.Memory => "max_memory",
        OverloadReason.Connections => "max_connections",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
