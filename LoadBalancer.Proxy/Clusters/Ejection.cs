using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>That a destination is taken out for what real traffic showed of it.</summary>
/// <param name="Kind">What it stood out by.</param>
/// <param name="Reason">The same for people: <c>5 failures in a row</c>.</param>
/// <param name="Until">When it is to be back.</param>
/// <param name="EndsAt">The same in monotonic ticks of 100 ns, by which it is put back.</param>
/// <param name="Times">Which time in a row it is.</param>
/// <param name="IsDryRun">Whether it is only told, and not done.</param>
internal sealed record Ejection(OutlierKind Kind, string Reason, DateTimeOffset Until, long EndsAt, int Times, bool IsDryRun);

/// <summary>What is left of an ejection that is over.</summary>
/// <param name="Times">Which time in a row it was; 0 when there was none.</param>
/// <param name="EndedAt">When it was over, in monotonic ticks of 100 ns.</param>
internal readonly record struct EjectionHistory(int Times, long EndedAt);

/// <summary>An ejection has begun or ended.</summary>
/// <param name="Cluster">Where.</param>
/// <param name="Member">Whose.</param>
/// <param name="Ejection">The ejection.</param>
/// <param name="Ended">Why it has ended, or null when it has begun.</param>
internal sealed record EjectionChange(Cluster Cluster, Member Member, Ejection Ejection, string? Ended = null);
