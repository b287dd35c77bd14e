using System.Diagnostics.Metrics;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.UnitTests.Telemetry;

public sealed class ProxyMetricsTests : IDisposable
{
    private readonly MeterReadings _readings = new();
    private readonly ProxyMetrics _metrics;

    public ProxyMetricsTests() => _metrics = new ProxyMetrics(_readings.Factory);

    public void Dispose() => _readings.Dispose();

    [Theory]
    [InlineData("lb.requests", "{request}", typeof(Counter<long>))]
    [InlineData("lb.attempts", "{attempt}", typeof(Counter<long>))]
    [InlineData("lb.retries", "{attempt}", typeof(Counter<long>))]
    [InlineData("lb.hedges", "{attempt}", typeof(Counter<long>))]
    [InlineData("lb.retries.refused", "{attempt}", typeof(ObservableCounter<long>))]
    [InlineData("lb.sessions", "{request}", typeof(Counter<long>))]
    [InlineData("lb.queue.length", "{request}", typeof(ObservableUpDownCounter<int>))]
    [InlineData("lb.breaker.transitions", "{transition}", typeof(Counter<long>))]
    [InlineData("lb.health.transitions", "{transition}", typeof(Counter<long>))]
    [InlineData("lb.ejections", "{ejection}", typeof(Counter<long>))]
    [InlineData("lb.shed", "{request}", typeof(Counter<long>))]
    [InlineData("lb.access_log.dropped", "{line}", typeof(Counter<long>))]
    [InlineData("lb.fallbacks", "{request}", typeof(Counter<long>))]
    [InlineData("lb.mirrored", "{request}", typeof(Counter<long>))]
    [InlineData("lb.rate_limit.evicted", "{key}", typeof(Counter<long>))]
    [InlineData("lb.destination.available", "{destination}", typeof(ObservableGauge<int>))]
    [InlineData("lb.destination.weight", "{weight}", typeof(ObservableGauge<double>))]
    [InlineData("lb.destination.inflight", "{attempt}", typeof(ObservableUpDownCounter<int>))]
    [InlineData("lb.connections", "{connection}", typeof(ObservableUpDownCounter<int>))]
    [InlineData("lb.connections.limit", "{connection}", typeof(ObservableGauge<int>))]
    [InlineData("lb.discovery.lookups", "{lookup}", typeof(Counter<long>))]
    [InlineData("lb.discovery.destinations", "{destination}", typeof(ObservableGauge<int>))]
    [InlineData("lb.discovery.failing", "{cluster}", typeof(ObservableGauge<int>))]
    [InlineData("lb.certificate.expires_in", "s", typeof(ObservableGauge<double>))]
    [InlineData("lb.connections.refused", "{connection}", typeof(Counter<long>))]
    [InlineData("process.unix.file_descriptor.count", "{file_descriptor}", typeof(ObservableUpDownCounter<int>))]
    public void Each_instrument_has_its_name_unit_and_kind(string name, string unit, Type kind) =>
        Assert.Equal((unit, kind), (_readings.Instruments[name].Unit, _readings.Instruments[name].GetType()));

    [Fact]
    public void There_are_no_other_instruments() => Assert.Equal(26, _readings.Instruments.Count);

    [Fact]
    public void Every_instrument_says_what_it_counts() => Assert.All(_readings.Instruments.Values, instrument => Assert.EndsWith(".", instrument.Description, StringComparison.Ordinal));

    [Fact]
    public void The_meter_has_the_name_of_the_contract() => Assert.All(_readings.Instruments.Values, instrument => Assert.Equal("LoadBalancer.Proxy", instrument.Meter.Name));

    [Fact]
    public void A_request_counts_by_cluster_destination_and_outcome()
    {
        _metrics.RequestEnded("web", "a", RequestOutcome.Success);

        Assert.Equal(["lb.requests 1 lb.cluster=web lb.destination=a lb.outcome=success"], _readings.Read("lb.requests"));
    }

    [Fact]
    public void A_request_without_a_destination_has_no_such_tag()
    {
        _metrics.RequestEnded("web", null, RequestOutcome.NoDestination);

        Assert.Equal(["lb.requests 1 lb.cluster=web lb.outcome=no_destination"], _readings.Read("lb.requests"));
    }

    [Fact]
    public void An_attempt_counts_by_cluster_destination_and_outcome()
    {
        _metrics.AttemptEnded("web", "a", Outcome.Reset);

        Assert.Equal(["lb.attempts 1 lb.cluster=web lb.destination=a lb.outcome=reset"], _readings.Read("lb.attempts"));
    }

    [Fact]
    public void A_retry_counts_by_cluster_and_destination()
    {
        _metrics.Retried("web", "b");

        Assert.Equal(["lb.retries 1 lb.cluster=web lb.destination=b"], _readings.Measured);
    }

    [Fact]
    public void A_hedge_counts_by_cluster_and_destination()
    {
        _metrics.Hedged("web", "b");

        Assert.Equal(["lb.hedges 1 lb.cluster=web lb.destination=b"], _readings.Measured);
    }

    [Fact]
    public void A_change_of_health_counts_by_cluster_destination_and_verdict()
    {
        _metrics.HealthChanged("web", "a", "Unhealthy");

        Assert.Equal(["lb.health.transitions 1 lb.cluster=web lb.destination=a lb.to=Unhealthy"], _readings.Measured);
    }

    [Theory]
    [InlineData(false, "lb.ejections 1 lb.cluster=web lb.destination=a lb.reason=latency")]
    [InlineData(true, "lb.ejections 1 lb.cluster=web lb.destination=a lb.dry_run=True lb.reason=latency")]
    public void An_ejection_counts_by_cluster_destination_and_reason(bool isDryRun, string measured)
    {
        _metrics.Ejected("web", "a", "latency", isDryRun);

        Assert.Equal([measured], _readings.Measured);
    }

    [Fact]
    public void A_session_counts_by_cluster_and_what_became_of_it()
    {
        _metrics.SessionServed("web", "kept");

        Assert.Equal(["lb.sessions 1 lb.cluster=web lb.session=kept"], _readings.Measured);
    }

    [Fact]
    public void A_circuit_breaker_counts_by_cluster_destination_and_state()
    {
        _metrics.BreakerChanged("web", "a", "half_open");

        Assert.Equal(["lb.breaker.transitions 1 lb.cluster=web lb.destination=a lb.to=half_open"], _readings.Measured);
    }

    [Fact]
    public void A_request_too_many_counts_by_cluster_route_and_reason()
    {
        _metrics.Shed("web", "api", "rate_limit");

        Assert.Equal(["lb.shed 1 lb.cluster=web lb.reason=rate_limit lb.route=api"], _readings.Measured);
    }

    [Fact]
    public void A_key_that_made_room_counts_by_route()
    {
        _metrics.RateKeyEvicted("api");

        Assert.Equal(["lb.rate_limit.evicted 1 lb.route=api"], _readings.Measured);
    }

    [Fact]
    public void The_destinations_and_clusters_of_a_registry_are_observed()
    {
        var registry = new ClusterRegistry(TimeProvider.System, (in _, _) => new Clusters.SpyPicker(), _metrics);
        registry.Apply([Make.Cluster("web", Make.Probed, "a", "b")]);
        var web = registry.Find("web")!;
        registry.ReportProbe(web, web.Named("b"), Make.Failure);
        registry.SetWeight(web, web.Named("a"), 3);
        web.Named("a").TryBegin();

        _readings.Observe();

        Assert.Equal(
            [
                "lb.destination.available 0 lb.cluster=web lb.destination=b",
                "lb.destination.available 1 lb.cluster=web lb.destination=a",
                "lb.destination.inflight 0 lb.cluster=web lb.destination=b",
                "lb.destination.inflight 1 lb.cluster=web lb.destination=a",
                "lb.destination.weight 1 lb.cluster=web lb.destination=b",
                "lb.destination.weight 3 lb.cluster=web lb.destination=a",
                "lb.queue.length 0 lb.cluster=web",
                "lb.retries.refused 0 lb.cluster=web",
            ],
            _readings.Measured.Where(IsOurs).Order());
    }

    [Fact]
    public void The_connections_of_clients_are_observed()
    {
        _metrics.ObserveConnections(() => new ConnectionReading(Open: 3, Limit: 7));

        _readings.Observe();

        Assert.Equal(["lb.connections 3 ", "lb.connections.limit 7 "], _readings.Measured.Where(IsOurs).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Where_there_is_no_limit_of_connections_none_is_observed()
    {
        _metrics.ObserveConnections(() => new ConnectionReading(Open: 3, Limit: null));

        _readings.Observe();

        Assert.Equal(["lb.connections 3 "], _readings.Measured.Where(IsOurs));
    }

    [Fact]
    public void Before_there_is_a_proxy_nothing_is_observed_of_it()
    {
        _readings.Observe();

        Assert.DoesNotContain(_readings.Measured, IsOurs);
    }

    // The others are about the process, whatever runs in it.
    private static bool IsOurs(string measured) => measured.StartsWith("lb.", StringComparison.Ordinal);
}
