using System.ComponentModel.DataAnnotations;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Sends copies of requests to another cluster, whose answers are thrown away.</summary>
internal sealed record MirrorOptions
{
    /// <summary>The cluster that gets the copies.</summary>
    [Required]
    public string ClusterId { get; init; } = "";

    /// <summary>Which share of the requests is copied, in percent. Default 100.</summary>
    [Range(0.0, 100.0)]
    public double Percentage { get; init; } = 100;
}
