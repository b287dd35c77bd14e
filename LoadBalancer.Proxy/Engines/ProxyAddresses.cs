namespace LoadBalancer.Proxy.Engines;

/// <summary>The addresses that a running proxy listens on, with the ports that the system chose where it was asked to.</summary>
/// <param name="Listeners">Where it accepts requests.</param>
/// <param name="Admin">Where the operator reaches it; null when that is off.</param>
internal sealed record ProxyAddresses(IReadOnlyList<string> Listeners, string? Admin);
