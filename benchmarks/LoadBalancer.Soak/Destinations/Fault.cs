namespace LoadBalancer.Soak.Destinations;

/// <summary>What is wrong with a destination.</summary>
internal enum Fault
{
    /// <summary>Its process is killed (SIGKILL), and later started again.</summary>
    Kill,

    /// <summary>Its process is stopped (SIGSTOP), and later goes on.</summary>
    Hang,

    /// <summary>It takes ten times as long.</summary>
    Slow,

    /// <summary>It resets the connection of each request.</summary>
    Reset,

    /// <summary>It ends its direction of the connection of each request, without an answer.</summary>
    HalfClose,

    /// <summary>It answers each request with what is not HTTP.</summary>
    Garbage,
}

/// <summary>A fault of the schedule.</summary>
/// <param name="Destination">The number of the destination, from 0.</param>
/// <param name="Fault">What is wrong with it.</param>
/// <param name="From">When it begins, from the start of the round.</param>
/// <param name="To">When it ends.</param>
internal sealed record FaultSpan(int Destination, Fault Fault, TimeSpan From, TimeSpan To)
{
    // The rest of its share of the time is for coming back.
    private const double ShareOfTime = 0.6;

    /// <summary>Every fault of one destination after the other, evenly over a round.</summary>
    public static IReadOnlyList<FaultSpan> Schedule(TimeSpan round, int destinations, int of)
    {
        var faults = Enum.GetValues<Fault>();
        var slot = round / (of * faults.Length);
        return [.. Enumerable.Range(0, destinations * faults.Length).Select(i => new FaultSpan(i / faults.Length, faults[i % faults.Length], slot * i, (slot * i) + (slot * ShareOfTime)))];
    }
}
