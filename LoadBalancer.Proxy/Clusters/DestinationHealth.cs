namespace LoadBalancer.Proxy.Clusters;

/// <summary>The verdict of the active probes on a destination.</summary>
public enum HealthVerdict
{
    /// <summary>No probe has ended yet, or none is sent. The destination may be picked.</summary>
    Unknown,

    /// <summary>The last probes passed.</summary>
    Healthy,

    /// <summary>The last probes failed. The destination is not picked.</summary>
    Unhealthy,
}

/// <summary>What one probe found.</summary>
/// <param name="Passed">Whether the destination is well.</param>
/// <param name="Reason">What was seen, for people: <c>status code: 200</c>, <c>connection refused</c>, <c>timeout</c>.</param>
internal readonly record struct ProbeResult(bool Passed, string Reason);

/// <summary>A change of verdict.</summary>
/// <param name="From">The verdict before.</param>
/// <param name="To">The verdict now.</param>
/// <param name="Reason">What the deciding probe found.</param>
internal sealed record HealthTransition(HealthVerdict From, HealthVerdict To, string Reason);

/// <summary>A destination's verdict with its reason and age; read together, they agree.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Reason">What the last probe found; empty before the first.</param>
/// <param name="Since">When the verdict was reached.</param>
internal sealed record HealthStatus(HealthVerdict Verdict, string Reason, DateTimeOffset Since);

/// <summary>
/// Turns probe results into a verdict: the first result decides at once, later ones must come <c>Rise</c> or <c>Fall</c> times in a row to change it.
/// </summary>
internal sealed class DestinationHealth(DateTimeOffset now)
{
    private volatile HealthStatus _status = new(HealthVerdict.Unknown, "", now);
    private int _contraryInARow;

    /// <summary>The verdict now. Never blocks.</summary>
    public HealthStatus Status => _status;

    /// <summary>Takes in one probe result. The registry's lock must be held.</summary>
    /// <returns>The change of verdict, or null when it stays.</returns>
    internal HealthTransition? Observe_NeedsLock(ProbeResult result, int rise, int fall, DateTimeOffset now)
    {
        var before = _status;
        var verdict = result.Passed ? HealthVerdict.Healthy : HealthVerdict.Unhealthy;
        if (before.Verdict == verdict)
        {
            _contraryInARow = 0;
            _status = before with { Reason = result.Reason };
            return null;
        }

        var needed = before.Verdict == HealthVerdict.Unknown ? 1 : result.Passed ? rise : fall;
        if (++_contraryInARow < needed)
        {
            return null;
        }

        _contraryInARow = 0;
        _status = new HealthStatus(verdict, result.Reason, now);
        return new HealthTransition(before.Verdict, verdict, result.Reason);
    }

    /// <summary>Forgets the verdict, as when probing is switched off. The registry's lock must be held.</summary>
    internal void Reset_NeedsLock(DateTimeOffset now)
    {
        if (_status.Verdict != HealthVerdict.Unknown)
        {
            _contraryInARow = 0;
            _status = new HealthStatus(HealthVerdict.Unknown, "", now);
        }
    }
}
