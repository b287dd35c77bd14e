using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>What every exchange of the engine uses.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Random">The dice, and the source of request ids.</param>
/// <param name="Timers">The timers of the requests.</param>
/// <param name="Clients">The connections to the destinations.</param>
/// <param name="Metrics">Is told of attempts and requests.</param>
/// <param name="Http">The same, for what the semantic conventions have names for.</param>
/// <param name="Activities">Makes their spans.</param>
/// <param name="Logger">Is told of them when the operator wants to see each.</param>
internal sealed record EngineServices(
    TimeProvider Time, Random Random, RequestTimers Timers, UpstreamClients Clients, ProxyMetrics Metrics, HttpMetrics Http, ProxyActivities Activities, ILogger<EngineServices> Logger)
{
    /// <summary>The time, in monotonic ticks of 100 ns.</summary>
    public long Now => Time.MonotonicTicks();

    /// <summary>64 random bits.</summary>
    public ulong Dice => Balancing.Dice.Roll(Random);

    /// <summary>Has the tunnels closed whose destination is drained; null where nobody does.</summary>
    public Tunnels? Tunnels { get; init; }

    /// <summary>Gets a line for each request; null where there is none.</summary>
    public AccessLog? AccessLog { get; init; }

    /// <summary>How many connections of clients there are; null where nobody counts.</summary>
    public ConnectionBudget? Budget { get; init; }

    /// <summary>Sends copies of requests; null where nobody does.</summary>
    public Mirrors? Mirrors { get; init; }

    /// <summary>Checks passwords.</summary>
    public PasswordChecks Passwords { get; init; } = new();

    /// <summary>Is cancelled when the proxy begins to stop.</summary>
    public CancellationToken Stopping { get; init; }
}
