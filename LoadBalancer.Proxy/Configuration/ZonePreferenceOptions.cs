namespace LoadBalancer.Proxy.Configuration;

/// <summary>When destinations in other zones than the proxy's get requests, where <see cref="LoadBalancerOptions.Zone"/> says which that is.</summary>
internal sealed record ZonePreferenceOptions
{
    /// <summary>Whether those of the proxy's own zone are preferred. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// Which share of the own zone's destinations, by weight, can take all requests: where less is available, other zones get what is too much for these.
    /// From 0, for as long as there is one, to 1. Default 0.7.
    /// </summary>
    [Range(0.0, 1.0)]
    public double Threshold { get; init; } = 0.7;
}
