using System.Diagnostics.Metrics;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.UnitTests.Telemetry;

public sealed class HttpMetricsTests : IDisposable
{
    private static readonly ServerTags Server = new(new Uri("http://web-1:8081/app"));

    private readonly MeterReadings _readings = new();
    private readonly HttpMetrics _metrics;

    public HttpMetricsTests() => _metrics = new HttpMetrics(_readings.Factory);

    public void Dispose() => _readings.Dispose();

    [Theory]
    [InlineData("http.server.request.duration", "s", typeof(Histogram<double>))]
    [InlineData("http.server.active_requests", "{request}", typeof(ObservableUpDownCounter<long>))]
    [InlineData("http.client.request.duration", "s", typeof(Histogram<double>))]
    public void Each_instrument_has_the_unit_and_kind_of_the_conventions(string name, string unit, Type kind) =>
        Assert.Equal((unit, kind), (_readings.Instruments[name].Unit, _readings.Instruments[name].GetType()));

    [Fact]
    public void A_request_is_measured_in_seconds() => Assert.Equal(
        ["http.server.request.duration 0.25 http.request.method=GET http.response.status_code=200 network.protocol.version=1.1 url.scheme=http"],
        Serve("GET", "HTTP/1.1", 200));

    [Fact]
    public void A_request_that_ends_in_an_error_of_the_server_has_its_kind() => Assert.Equal(
        ["http.server.request.duration 0.25 error.type=503 http.request.method=POST http.response.status_code=503 network.protocol.version=2 url.scheme=http"],
        Serve("POST", "HTTP/2", 503));

    [Fact]
    public void Methods_that_nobody_knows_are_one() => Assert.Equal(
        ["http.server.request.duration 0.25 http.request.method=_OTHER http.response.status_code=404 network.protocol.version=1.1 url.scheme=http"],
        Serve("BREW", "HTTP/1.1", 404));

    [Fact]
    public void Requests_are_active_until_they_end_each_by_its_method_and_scheme()
    {
        _metrics.Began("GET", isTls: false);
        _metrics.Began("GET", isTls: false);
        _metrics.Began("BREW", isTls: true);
        _metrics.Ended("GET", isTls: false, "HTTP/1.1", 200, 0);
        _readings.Measured.Clear();

        _readings.Observe();

        Assert.Equal(
            ["http.server.active_requests 1 http.request.method=GET url.scheme=http", "http.server.active_requests 1 http.request.method=_OTHER url.scheme=https"],
            _readings.Measured);
    }

    [Fact]
    public void Requests_of_many_threads_at_once_are_all_counted()
    {
        Parallel.For(0, 10_000, _ => _metrics.Began("GET", isTls: false));

        _readings.Observe();

        Assert.Equal(["http.server.active_requests 10000 http.request.method=GET url.scheme=http"], _readings.Measured);
    }

    [Fact]
    public void An_attempt_is_measured_with_the_address_of_its_destination() => Assert.Equal(
        ["http.client.request.duration 0.25 http.request.method=GET http.response.status_code=200 network.protocol.version=1.1 server.address=web-1 server.port=8081 url.scheme=http"],
        Attempt("1.1", 200, "success"));

    [Fact]
    public void An_answer_that_says_error_has_its_kind() => Assert.Equal(
        ["http.client.request.duration 0.25 error.type=404 http.request.method=GET http.response.status_code=404 network.protocol.version=1.1 server.address=web-1 server.port=8081 url.scheme=http"],
        Attempt("1.1", 404, "success"));

    [Fact]
    public void An_attempt_without_an_answer_has_what_it_ended_in() => Assert.Equal(
        ["http.client.request.duration 0.25 error.type=connect_failed http.request.method=GET server.address=web-1 server.port=8081 url.scheme=http"],
        Attempt(null, 0, "connect_failed"));

    private List<string> Serve(string method, string version, int status)
    {
        _metrics.Began(method, isTls: false);
        _metrics.Ended(method, isTls: false, version, status, TimeSpan.TicksPerSecond / 4);
        return _readings.Measured;
    }

    private List<string> Attempt(string? version, int status, string outcome)
    {
        _metrics.Attempted("GET", Server, version, status, outcome, TimeSpan.TicksPerSecond / 4);
        return _readings.Measured;
    }
}
