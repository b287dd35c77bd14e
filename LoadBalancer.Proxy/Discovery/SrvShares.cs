using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>Weights and priorities of SRV records (RFC 2782, both from 0 to 65535) as the proxy has them. A pure function.</summary>
internal static class SrvShares
{
    private const int MostPriority = 100;

    /// <summary>For each record its weight and its priority, in the same order.</summary>
    public static IReadOnlyList<(int Weight, int Priority)> Of(IReadOnlyList<(ushort Priority, ushort Weight)> records)
    {
        var priorities = records.Select(record => record.Priority).Distinct().Order().ToList();
        var most = records.Max(record => record.Weight);

        // Where some have a weight, one without it has "a very small chance" (RFC 2782); here, 0 would be no chance at all.
        var scales = most > DestinationOptions.MostWeight || (most > 0 && records.Any(record => record.Weight == 0));
        return [.. records.Select(record => (
            Math.Max(1, scales ? (int)Math.Round((double)record.Weight / most * DestinationOptions.MostWeight) : record.Weight),
            Math.Min(priorities.IndexOf(record.Priority), MostPriority)))];
    }
}
