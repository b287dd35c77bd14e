namespace LoadBalancer.Proxy.Http;

/// <summary>Finds the requests that this proxy answers itself whatever the routes say.</summary>
internal static class OwnAnswer
{
    /// <summary>Whether a request ends here.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="target">Its target as the client wrote it.</param>
    /// <param name="via">Its <c>Via</c>, the lines joined with commas.</param>
    /// <param name="maxForwards">Its <c>Max-Forwards</c>, likewise.</param>
    /// <param name="refusal">What it ends with; null where it is an OPTIONS that asks about the proxy: 204, with <see cref="Refusal.PassedMethods"/>.</param>
    public static bool IsDue(string method, ReadOnlySpan<char> target, ReadOnlySpan<char> via, ReadOnlySpan<char> maxForwards, out Refusal? refusal)
    {
        refusal = Refusal.ForMethod(method) ?? (FieldValues.IsLoop(via) ? Refusal.Loop : null);

        // "OPTIONS *" asks about the server as a whole (RFC 9110, 9.3.7), and to the client that is this one.
        return refusal is not null || (method.Equals("OPTIONS", StringComparison.OrdinalIgnoreCase) && (FieldValues.IsLastHop(maxForwards) || target is "*"));
    }
}
