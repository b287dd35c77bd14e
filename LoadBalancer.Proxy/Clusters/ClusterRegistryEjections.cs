using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>Takes destinations out for what real traffic shows of them, and puts them back.</summary>
internal sealed partial class ClusterRegistry
{
    /// <summary>Happens after an ejection has begun or ended.</summary>
    public event Action<EjectionChange>? EjectionChanged;

    /// <summary>Puts those back whose time is up, lets trials through circuit breakers, and takes out those that are much slower than the others.</summary>
    /// <returns>How long until there may be something to do again; null when there will be nothing.</returns>
    public TimeSpan? CheckOutliers() => Change(after =>
    {
        long? next = null;
        var now = Now;
        foreach (var cluster in _clusters.Values)
        {
            if (cluster.Options.CircuitBreaker is not null)
            {
                next = Earlier(next, HalfOpen_NeedsLock(cluster, now, after));
            }

            if (cluster.Outliers is { } options)
            {
                next = Earlier(next, Readmit_NeedsLock(cluster, now, after));
                if (options.Latency is { } latency)
                {
                    EjectSlow_NeedsLock(cluster, latency, now, after);
                    next = Earlier(next, CheckEvery(latency));
                }
            }
        }

        return next is { } ticks ? TimeSpan.FromTicks(ticks) : (TimeSpan?)null;
    });

    /// <summary>Puts a destination back that is taken out, by the operator's will.</summary>
    /// <returns>False when it is not taken out.</returns>
    public bool EndEjection(Cluster cluster, Destination destination) => Change(after =>
    {
        if (Find(cluster.Name) is not { } current || current.MemberOf(destination) is not { } member || destination.Ejection is not { IsDryRun: false })
        {
            return false;
        }

        End_NeedsLock(current, member, "by the operator", after);
        return true;
    });

    private void OnStandsOut(string name, Destination destination, OutlierKind kind) => Change(after =>
    {
        if (Find(name) is not { Outliers: { } options } cluster || cluster.MemberOf(destination) is not { } member)
        {
            return false;
        }

        Eject_NeedsLock(cluster, member, kind, ReasonOf(kind, options, destination.Outliers?.Rate(Now) ?? default), after);
        return true;
    });

    private void Eject_NeedsLock(Cluster cluster, Member member, OutlierKind kind, string reason, Aftermath after)
    {
        var (destination, options) = (member.Destination, cluster.Outliers!);
        if (destination.Ejection is not null || !destination.IsAvailable || !MayEject(cluster, options, destination))
        {
            return;
        }

        var now = Now;
        var (before, endedAt) = destination.EjectionHistory;
        var times = EjectionRules.Times(options, before, TimeSpan.FromTicks(now - endedAt));
        var term = EjectionRules.Term(options, times);
        destination.Eject_NeedsLock(new Ejection(kind, reason, _time.GetUtcNow() + term, now + term.Ticks, times, options.DryRun));
        Publish_NeedsLock(cluster, member, DestinationChange.Ejected, options.DryRun);
        after.Ejections.Add(new EjectionChange(cluster, member, destination.Ejection!));
    }

    private void End_NeedsLock(Cluster cluster, Member member, string why, Aftermath after)
    {
        var ejection = member.Destination.Ejection!;
        member.Destination.Readmit_NeedsLock(Now);
        if (!ejection.IsDryRun)
        {
            WarmUp_NeedsLock(member.Destination, after);
        }

        Publish_NeedsLock(cluster, member, DestinationChange.Readmitted, ejection.IsDryRun);
        after.Ejections.Add(new EjectionChange(cluster, member, ejection, why));
    }

    private void Publish_NeedsLock(Cluster cluster, Member member, DestinationChange change, bool isDryRun)
    {
        if (!isDryRun)
        {
            Refresh_NeedsLock(cluster.Name);
            _changes.Changed_NeedsLock(cluster.Name, member, change, _time.GetUtcNow());
        }
    }

    private static bool MayEject(Cluster cluster, OutlierDetectionOptions options, Destination destination)
    {
        var (members, ejected, availableOthers) = (0, 0, 0);
        foreach (var member in cluster.Standing.Members)
        {
            // One without weight gets no requests, and can take nobody's place.
            if (member.Weight == 0)
            {
                continue;
            }

            var other = member.Destination;
            members += other.State == OperatorState.Active ? 1 : 0;
            ejected += other.Ejection is not null ? 1 : 0;
            availableOthers += other != destination && other.IsAvailable && other.Ejection is null ? 1 : 0;
        }

        return EjectionRules.MayEject(options, members, ejected, availableOthers);
    }

    // How quickly it is when a probe asks says nothing of how it is when it works.
    private void NotePassed_NeedsLock(Cluster cluster, Member member, Aftermath after)
    {
        if (member.Destination.Ejection is { Kind: not OutlierKind.Latency })
        {
            End_NeedsLock(cluster, member, "a probe passed", after);
        }
    }

    // Better one that was odd than none.
    private void Rescue_NeedsLock(Cluster cluster, Aftermath after)
    {
        foreach (var member in cluster.Standing.Members)
        {
            if (member is { Weight: > 0, Destination.IsAvailable: true })
            {
                return;
            }
        }

        foreach (var member in cluster.Standing.Members)
        {
            if (member.Weight > 0 && (member.Destination.Flags & DestinationFlags.Unavailable) == DestinationFlags.Ejected)
            {
                End_NeedsLock(cluster, member, "no other is available", after);
            }
        }
    }

    private long? Readmit_NeedsLock(Cluster cluster, long now, Aftermath after)
    {
        long? next = null;
        foreach (var member in cluster.Standing.Members)
        {
            if (member.Destination.Ejection is { } ejection)
            {
                if (ejection.EndsAt <= now)
                {
                    End_NeedsLock(cluster, member, "its time is up", after);
                }
                else
                {
                    next = Earlier(next, ejection.EndsAt - now);
                }
            }
        }

        return next;
    }

    private void EjectSlow_NeedsLock(Cluster cluster, LatencyOutlierOptions options, long now, Aftermath after)
    {
        var known = new List<(Member Member, long Median)>();
        foreach (var member in cluster.Standing.Members)
        {
            if (member.Destination is { IsAvailable: true, Ejection: null, Outliers: { } statistics } && statistics.Latency(now) is var (count, median) && count >= options.MinimumRequests)
            {
                known.Add((member, median));
            }
        }

        var sorted = known.Select(each => each.Median).Order().ToArray();
        var all = sorted.Length == 0 ? long.MaxValue : sorted[sorted.Length / 2];
        foreach (var member in cluster.Standing.Members)
        {
            if (member.Destination.Outliers is { } statistics)
            {
                statistics.SlowerThan = Math.Max(all, statistics.Latency(now).Median);
            }
        }

        foreach (var (member, median) in known.OrderByDescending(each => each.Median))
        {
            if (EjectionRules.SlowBy(options, median, EjectionRules.Usual(sorted, median)) is { } ratio)
            {
                Eject_NeedsLock(cluster, member, OutlierKind.Latency, FormattableString.Invariant($"{ratio:0.#} times as slow as the others"), after);
            }
        }
    }

    private static string ReasonOf(OutlierKind kind, OutlierDetectionOptions options, (long Total, long Failures) rate)
    {
        if (kind == OutlierKind.ConsecutiveFailures)
        {
            return options.ConsecutiveFailures == 1 ? "a failure" : FormattableString.Invariant($"{options.ConsecutiveFailures} failures in a row");
        }

        var (total, failures) = rate;
        return FormattableString.Invariant($"{100.0 * failures / Math.Max(1, total):0} % of {total} requests failed in {SpanText.Format(options.FailureRate!.Window)}");
    }

    private static long CheckEvery(LatencyOutlierOptions options) => Math.Clamp(options.Window.Ticks / 10, 100 * TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerSecond);

    private static long? Earlier(long? one, long? other) => one is null || other < one ? other ?? one : one;
}
