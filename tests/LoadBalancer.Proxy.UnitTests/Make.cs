using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.Proxy.UnitTests.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoadBalancer.Proxy.UnitTests;

/// <summary>Makes what tests need, with whatever they do not care about filled in.</summary>
internal static class Make
{
    /// <summary>Options of a cluster that is probed.</summary>
    public static readonly ClusterOptions Probed = new() { HealthCheck = new() { Active = new() { Enabled = true } } };

    public static readonly ProbeResult Pass = new(true, "status code: 200");

    public static readonly ProbeResult Failure = new(false, "status code: 500");

    /// <summary>A destination of this name, at <c>http://name:80/</c> unless said otherwise.</summary>
    public static DestinationDefinition Definition(string name, string? address = null) => new(name, new Uri(address ?? $"http://{name}"));

    public static Destination Destination(string name, string? address = null) => new(Definition(name, address).Address, DateTimeOffset.UnixEpoch);

    /// <summary>A destination that stands alone, under its name.</summary>
    public static Member Member(string name, string? address = null) => Member(Definition(name, address));

    public static Member Member(DestinationDefinition definition) => new(new Destination(definition.Address, DateTimeOffset.UnixEpoch), definition);

    /// <summary>A destination for each name.</summary>
    public static Destination[] Destinations(params string[] names) => Array.ConvertAll(names, name => Destination(name));

    /// <summary>A standing of these, over a picker of the test's.</summary>
    public static Standing Standing(Picker picker, params Member[] members) => new(new ClusterOptions(), members, (in _, _) => picker, null, now: 0);

    /// <summary>A cluster with a destination for each name.</summary>
    public static ClusterDefinition Cluster(string name, ClusterOptions options, params string[] destinations) =>
        new(name, options, Array.ConvertAll(destinations, destination => Definition(destination)));

    /// <summary>A registry. What a request sets off in it happens at once.</summary>
    public static ClusterRegistry Registry(TimeProvider? time = null, CreatePicker? createPicker = null) =>
        new(time ?? TimeProvider.System, createPicker ?? Pickers.Create, new ProxyMetrics(new MeterFactory())) { RunAside = static work => work() };

    /// <summary>A cluster of these destinations.</summary>
    public static ClusterDefinition ClusterOf(string name, ClusterOptions options, params DestinationDefinition[] destinations) => new(name, options, destinations);

    /// <summary>A registry with these clusters.</summary>
    public static ClusterRegistry Registry(params ClusterDefinition[] clusters)
    {
        var registry = Registry();
        registry.Apply(clusters);
        return registry;
    }

    /// <summary>The one cluster of a new registry.</summary>
    public static Cluster Cluster(ClusterOptions options, params string[] destinations) => Registry(Cluster("web", options, destinations)).Find("web")!;

    /// <summary>What exchanges use, over a wire of the test's.</summary>
    public static EngineServices Engine(TimeProvider? time = null, HttpMessageHandler? wire = null, ProxyMetrics? metrics = null) => new(
        time ?? TimeProvider.System,
        new Random(1),
        new RequestTimers(time ?? TimeProvider.System),
        new UpstreamClients((_, _) => wire ?? throw new InvalidOperationException("The test has no wire.")),
        metrics ?? new ProxyMetrics(new MeterFactory()),
        new HttpMetrics(new MeterFactory()),
        new ProxyActivities(),
        NullLogger<EngineServices>.Instance);

    /// <summary>The names of destinations, one after the other.</summary>
    public static string Names(this ReadOnlySpan<Member> members) => string.Join(' ', members.ToArray().Select(member => member.Name));

    /// <summary>The hosts of destinations, which tests name them by.</summary>
    public static string Names(this ReadOnlySpan<Destination> destinations) => string.Join(' ', destinations.ToArray().Select(destination => destination.Address.Host));

    /// <summary>The only destination of this name in a cluster.</summary>
    public static Destination Named(this Cluster cluster, string name) => cluster.Standing.Members.ToArray().Single(member => member.Name == name).Destination;
}
