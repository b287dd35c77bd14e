namespace LoadBalancer.Proxy.Engines;

/// <summary>The addresses that a running proxy listens on, with the ports that the system chose where it was asked to.</summary>
/// <param name="Served">Where it accepts requests, and by which engine.</param>
/// <param name="Admin">Where the operator reaches it; null when that is off.</param>
internal sealed record ProxyAddresses(IReadOnlyList<ServedAddress> Served, string? Admin)
{
    /// <summary>Where it accepts requests.</summary>
    public IReadOnlyList<string> Listeners => [.. Served.Select(served => served.Address)];
}
