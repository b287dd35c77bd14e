using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Resilience;

/// <summary>Who may be taken out, and for how long. Pure.</summary>
internal static class EjectionRules
{
    /// <summary>Whether one more may be taken out.</summary>
    /// <param name="options">The options.</param>
    /// <param name="members">How many destinations there are that the operator has not taken out.</param>
    /// <param name="ejected">How many of them are taken out already.</param>
    /// <param name="availableOthers">How many others are available.</param>
    public static bool MayEject(OutlierDetectionOptions options, int members, int ejected, int availableOthers) =>
        availableOthers > 0 && ejected + 1 <= Math.Max(1, members * options.MaximumEjectedShare);

    /// <summary>Which time in a row it is that a destination is taken out. Each <see cref="OutlierDetectionOptions.EjectionTime"/> that it served well takes one of them off.</summary>
    /// <param name="options">The options.</param>
    /// <param name="before">Which time it was before; 0 for never.</param>
    /// <param name="served">How long it has served since.</param>
    public static int Times(OutlierDetectionOptions options, int before, TimeSpan served) => Math.Max(0, before - (int)Math.Min(before, served / options.EjectionTime)) + 1;

    /// <summary>How long it is taken out.</summary>
    public static TimeSpan Term(OutlierDetectionOptions options, int times) =>
        options.EjectionTime * times < options.MaximumEjectionTime ? options.EjectionTime * times : options.MaximumEjectionTime;

    /// <summary>How many times as slow as usual one is, if that is too slow.</summary>
    /// <param name="options">What is too slow.</param>
    /// <param name="own">What half of its answers take no longer than.</param>
    /// <param name="usual">What it is compared with (<see cref="Usual"/>).</param>
    public static double? SlowBy(LatencyOutlierOptions options, long own, long usual) =>
        usual > 0 && own >= usual * options.Factor && own - usual >= options.MinimumDifference.Ticks ? (double)own / usual : null;

    /// <summary>What a destination is compared with: the median of all, so that none of them stands out where half of them are slow. Of two, the other one.</summary>
    /// <param name="sorted">How long each takes, in rising order.</param>
    /// <param name="own">How long the one takes; it is among them.</param>
    /// <returns>The time, or 0 when there are no others.</returns>
    public static long Usual(ReadOnlySpan<long> sorted, long own) => sorted.Length switch
    {
        < 2 => 0,
        2 => sorted[0] == own ? sorted[1] : sorted[0],
        var count => (sorted[(count - 1) / 2] + sorted[count / 2]) / 2,
    };
}
