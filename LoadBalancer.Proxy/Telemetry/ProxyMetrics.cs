using System.Diagnostics;
using System.Diagnostics.Metrics;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>
/// The instruments of our own, whose names begin with <c>lb.</c>. Its methods are what happened.
/// Duration and count of requests in both directions are in <see cref="HttpMetrics"/>, on the same meter.
/// </summary>
internal sealed class ProxyMetrics
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "LoadBalancer.Proxy";

    private readonly Counter<long> _answeredByRoutes;
    private readonly OutcomeCounter _requests;
    private readonly OutcomeCounter _attempts;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _hedges;
    private readonly Counter<long> _sessions;
    private readonly Counter<long> _transitions;
    private readonly Counter<long> _ejections;
    private readonly Counter<long> _breakers;
    private readonly Counter<long> _shed;
    private readonly Counter<long> _rateKeysEvicted;
    private readonly Counter<long> _connectionsRefused;
    private readonly Counter<long> _accessLinesDropped;
    private readonly Counter<long> _fallbacks;
    private readonly Counter<long> _mirrored;
    private Func<IReadOnlyList<DestinationReading>> _observe = static () => [];
    private Func<IReadOnlyList<ClusterReading>> _observeClusters = static () => [];
    private Func<ConnectionReading?> _observeConnections = static () => null;
    private readonly Counter<long> _discoveries;
    private Func<IReadOnlyList<DiscoveryReading>> _observeDiscovery = static () => [];
    private Func<IReadOnlyList<CertificateReading>> _observeCertificates = static () => [];

    /// <param name="factory">Makes the meter; the one of the host, so that tests can tell hosts apart.</param>
    public ProxyMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(Name);
        _answeredByRoutes = meter.CreateCounter<long>("lb.requests", "{request}", "Requests, by the destination and outcome of their last attempt.");
        _requests = new OutcomeCounter(_answeredByRoutes);
        _attempts = new OutcomeCounter(meter.CreateCounter<long>("lb.attempts", "{attempt}", "Attempts, by destination and outcome."));
        _retries = meter.CreateCounter<long>("lb.retries", "{attempt}", "Attempts that followed a failed one of the same request.");
        _hedges = meter.CreateCounter<long>("lb.hedges", "{attempt}", "Attempts that were sent while another one of the same request was under way.");
        _sessions = meter.CreateCounter<long>("lb.sessions", "{request}", "Answered requests of clusters with sessions, by what became of the session.");
        _transitions = meter.CreateCounter<long>("lb.health.transitions", "{transition}", "Changes of a destination's health verdict.");
        _ejections = meter.CreateCounter<long>("lb.ejections", "{ejection}", "Destinations taken out for what real traffic showed of them.");
        _breakers = meter.CreateCounter<long>("lb.breaker.transitions", "{transition}", "Circuit breakers that opened, let trials through, or closed.");
        _shed = meter.CreateCounter<long>("lb.shed", "{request}", "Requests that were refused because there were too many.");
        _rateKeysEvicted = meter.CreateCounter<long>("lb.rate_limit.evicted", "{key}", "Keys of rate limits that were forgotten too early to make room for others.");
        _connectionsRefused = meter.CreateCounter<long>("lb.connections.refused", "{connection}", "Connections of clients that were closed for what they began with, or flooded.");
        _discoveries = meter.CreateCounter<long>("lb.discovery.lookups", "{lookup}", "Answers of where the destinations of a cluster are looked up, by whether they could be.");
        meter.CreateObservableGauge("lb.discovery.destinations", () => EachDiscovery(reading => reading.Destinations), "{destination}", "Destinations of a cluster that are found now.");
        meter.CreateObservableGauge("lb.discovery.failing", () => EachDiscovery(reading => reading.IsFailing ? 1 : 0), "{cluster}", "1 while the destinations of a cluster cannot be looked up, else 0.");
        _mirrored = meter.CreateCounter<long>("lb.mirrored", "{request}", "Copies of requests for another cluster, by destination and outcome.");
        _fallbacks = meter.CreateCounter<long>("lb.fallbacks", "{request}", "Requests that another cluster served, since theirs had no destination available.");
        _accessLinesDropped = meter.CreateCounter<long>("lb.access_log.dropped", "{line}", "Lines of the access log that could not be written.");
        meter.CreateObservableGauge("lb.destination.available", Available, "{destination}", "1 when the destination may be picked, else 0.");
        meter.CreateObservableGauge("lb.destination.weight", Weight, "{weight}", "The weight by which the destination is picked: a part of its own while it warms up.");
        meter.CreateObservableUpDownCounter("lb.destination.inflight", InFlight, "{attempt}", "Attempts under way.");
        meter.CreateObservableCounter("lb.retries.refused", () => Each(cluster => cluster.RefusedRetries), "{attempt}", "Attempts that the retry budget had no place for.");
        meter.CreateObservableUpDownCounter("lb.queue.length", () => Each(cluster => cluster.Waiting), "{request}", "Requests that wait for a place on a destination.");
        meter.CreateObservableUpDownCounter("lb.connections", () => Known(_observeConnections()?.Open), "{connection}", "Connections of clients that are open.");
        meter.CreateObservableGauge("lb.connections.limit", () => Known(_observeConnections()?.Limit), "{connection}", "Connections of clients that may be open; more wait.");
        meter.CreateObservableGauge("lb.certificate.expires_in", ExpiresIn, "s", "How long until a certificate of a listener or cluster expires; negative once it has.");
        meter.CreateObservableUpDownCounter(
            "process.unix.file_descriptor.count", static () => Known(FileDescriptors.Count()), "{file_descriptor}", "File descriptors that the process has open.");
    }

    /// <summary>Says where the observed instruments read from.</summary>
    public void ObserveDestinations(Func<IReadOnlyList<DestinationReading>> observe) => _observe = observe;

    /// <summary>What the observed instruments of destinations read now.</summary>
    internal IReadOnlyList<DestinationReading> ReadDestinations() => _observe();

    /// <summary>Says where the observed instruments of clusters read from.</summary>
    public void ObserveClusters(Func<IReadOnlyList<ClusterReading>> observe) => _observeClusters = observe;

    /// <summary>Says where the instruments of connections read from.</summary>
    internal void ObserveConnections(Func<ConnectionReading> observe) => _observeConnections = () => observe();

    /// <summary>Says where the instrument of certificates reads from.</summary>
    internal void ObserveCertificates(Func<IReadOnlyList<CertificateReading>> observe) => _observeCertificates = observe;

    /// <summary>Says where the instruments of discovery read from.</summary>
    internal void ObserveDiscovery(Func<IReadOnlyList<DiscoveryReading>> observe) => _observeDiscovery = observe;

    /// <summary>The destinations of a cluster were looked up.</summary>
    public void Discovered(string cluster, bool isFound) => _discoveries.Add(1, new(TelemetryTags.Cluster, cluster), new(TelemetryTags.Outcome, isFound ? "success" : "failure"));

    /// <summary>A request ended. Without a destination, none was available.</summary>
    public void RequestEnded(string cluster, string? destination, RequestOutcome outcome) => _requests.Add(cluster, destination, outcome);

    /// <summary>A request ended with an answer of this route, without a cluster.</summary>
    public void AnsweredByRoute(string route, string outcome) => _answeredByRoutes.Add(1, new(TelemetryTags.Route, route), new(TelemetryTags.Outcome, outcome));

    /// <summary>An attempt ended.</summary>
    public void AttemptEnded(string cluster, string destination, Outcome outcome) => _attempts.Add(cluster, destination, (RequestOutcome)outcome);

    /// <summary>A further attempt begins after one that failed, on this destination.</summary>
    public void Retried(string cluster, string destination) =>
        _retries.Add(1, new(TelemetryTags.Cluster, cluster), new(TelemetryTags.Destination, destination));

    /// <summary>A further attempt begins beside one that is under way, on this destination.</summary>
    public void Hedged(string cluster, string destination) =>
        _hedges.Add(1, new(TelemetryTags.Cluster, cluster), new(TelemetryTags.Destination, destination));

    /// <summary>A request was answered whose cluster has sessions.</summary>
    public void SessionServed(string cluster, string fate) => _sessions.Add(1, new(TelemetryTags.Cluster, cluster), new(TelemetryTags.Session, fate));

    /// <summary>A destination's verdict changed.</summary>
    public void HealthChanged(string cluster, string destination, string to) =>
        _transitions.Add(1, new(TelemetryTags.Cluster, cluster), new(TelemetryTags.Destination, destination), new(TelemetryTags.To, to));

    /// <summary>The circuit breaker of a destination changed.</summary>
    public void BreakerChanged(string cluster, string destination, string to) =>
        _breakers.Add(1, new(TelemetryTags.Cluster, cluster), new(TelemetryTags.Destination, destination), new(TelemetryTags.To, to));

    /// <summary>A destination was taken out for what real traffic showed of it.</summary>
    /// <param name="cluster">Its cluster's name.</param>
    /// <param name="destination">Its name.</param>
    /// <param name="reason">The tag of what it stood out by.</param>
    /// <param name="isDryRun">Whether it was only told, and not done.</param>
    public void Ejected(string cluster, string destination, string reason, bool isDryRun)
    {
        var tags = new TagList { { TelemetryTags.Cluster, cluster }, { TelemetryTags.Destination, destination }, { TelemetryTags.Reason, reason } };
        if (isDryRun)
        {
            tags.Add(TelemetryTags.DryRun, true);
        }

        _ejections.Add(1, tags);
    }

    /// <summary>A request was refused because there were too many.</summary>
    /// <param name="cluster">Its cluster's name.</param>
    /// <param name="route">Its route's name.</param>
    /// <param name="reason">The tag of what there were too many for.</param>
    public void Shed(string cluster, string route, string reason) =>
        _shed.Add(1, new(TelemetryTags.Cluster, cluster), new(TelemetryTags.Route, route), new(TelemetryTags.Reason, reason));

    /// <summary>A request was refused because the proxy itself had too much to do.</summary>
    public void Overloaded(string reason) => _shed.Add(1, new KeyValuePair<string, object?>(TelemetryTags.Reason, reason));

    /// <summary>A key of the rate limit of this route was forgotten before all its room was back.</summary>
    public void RateKeyEvicted(string route) => _rateKeysEvicted.Add(1, new KeyValuePair<string, object?>(TelemetryTags.Route, route));

    /// <summary>The connection of a client was closed for what came over it.</summary>
    /// <param name="reason">The tag of what that was.</param>
    public void ConnectionRefused(string reason) => _connectionsRefused.Add(1, new KeyValuePair<string, object?>(TelemetryTags.Reason, reason));

    /// <summary>A request of a cluster goes to its fallback.</summary>
    public void FellBack(string cluster, string fallback) => _fallbacks.Add(1, new(TelemetryTags.Cluster, cluster), new(TelemetryTags.Fallback, fallback));

    /// <summary>A copy of a request has ended, or was not sent; then it has no destination.</summary>
    public void Mirrored(string cluster, string? destination, string outcome) => _mirrored.Add(1, OutcomeCounter.TagsOf(cluster, destination, outcome));

    /// <summary>Lines of the access log are lost: they came too fast, or could not be written.</summary>
    public void AccessLinesDropped(long count) => _accessLinesDropped.Add(count);

    private IEnumerable<Measurement<int>> Available() => _observe().Select(reading => Measure(reading, reading.IsAvailable ? 1 : 0));

    private IEnumerable<Measurement<double>> Weight() => _observe().Select(reading => Measure(reading, reading.Weight));

    // Every reader asks for this one. What it is told here of other instruments belongs to the same reading.
    private IEnumerable<Measurement<int>> InFlight()
    {
        _requests.Tell();
        _attempts.Tell();
        return _observe().Select(reading => Measure(reading, reading.InFlight));
    }

    private IEnumerable<Measurement<double>> ExpiresIn() => _observeCertificates().Select(reading => new Measurement<double>(
        reading.ExpiresInSeconds,
        reading.Listener is { } listener ? new(TelemetryTags.Listener, listener) : new(TelemetryTags.Cluster, reading.Cluster),
        new KeyValuePair<string, object?>(TelemetryTags.Certificate, reading.Name)));

    private IEnumerable<Measurement<T>> Each<T>(Func<ClusterReading, T> value)
        where T : struct =>
        _observeClusters().Select(reading => new Measurement<T>(value(reading), new KeyValuePair<string, object?>(TelemetryTags.Cluster, reading.Cluster)));

    private IEnumerable<Measurement<int>> EachDiscovery(Func<DiscoveryReading, int> value) =>
        _observeDiscovery().Select(reading => new Measurement<int>(value(reading), new KeyValuePair<string, object?>(TelemetryTags.Cluster, reading.Cluster)));

    private static IEnumerable<Measurement<int>> Known(int? value) => value is { } known ? [new(known)] : [];

    private static Measurement<T> Measure<T>(DestinationReading reading, T value) where T : struct =>
        new(value, new(TelemetryTags.Cluster, reading.Cluster), new KeyValuePair<string, object?>(TelemetryTags.Destination, reading.Destination));
}

/// <summary>A destination as the observed instruments see it.</summary>
/// <param name="Cluster">Its cluster's name.</param>
/// <param name="Destination">Its name.</param>
/// <param name="IsAvailable">Whether it may be picked.</param>
/// <param name="InFlight">Attempts under way.</param>
/// <param name="Weight">The weight by which it is picked.</param>
internal readonly record struct DestinationReading(string Cluster, string Destination, bool IsAvailable, int InFlight, double Weight);

/// <summary>A cluster as the observed instruments see it.</summary>
/// <param name="Cluster">Its name.</param>
/// <param name="RefusedRetries">Attempts that its retry budget had no place for, so far.</param>
/// <param name="Waiting">Requests that wait for a place on a destination.</param>
internal readonly record struct ClusterReading(string Cluster, long RefusedRetries, int Waiting);

/// <summary>The connections of clients as the observed instruments see them.</summary>
/// <param name="Open">How many are open.</param>
/// <param name="Limit">How many may be open; null for any number.</param>
internal readonly record struct ConnectionReading(int Open, int? Limit);

/// <summary>A certificate as the observed instrument sees it.</summary>
/// <param name="Listener">The name of the listener that shows it to clients, or null.</param>
/// <param name="Cluster">The name of the cluster whose destinations are shown it, or null.</param>
/// <param name="Name">The first name that it is for.</param>
/// <param name="ExpiresInSeconds">How long until it expires.</param>
internal readonly record struct CertificateReading(string? Listener, string? Cluster, string Name, double ExpiresInSeconds);

/// <summary>A cluster whose destinations are looked up, as the observed instruments see it.</summary>
/// <param name="Cluster">Its name.</param>
/// <param name="Destinations">How many are found now.</param>
/// <param name="IsFailing">Whether they cannot be looked up.</param>
internal readonly record struct DiscoveryReading(string Cluster, int Destinations, bool IsFailing);
