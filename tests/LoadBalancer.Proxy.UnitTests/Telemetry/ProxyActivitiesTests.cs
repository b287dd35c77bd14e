using System.Diagnostics;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.UnitTests.Telemetry;

// The only class that listens to the activity source, so that in it somebody can also not listen.
public sealed class ProxyActivitiesTests : IDisposable
{
    private const string TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private readonly ProxyActivities _activities = new();
    private ActivityListener? _listener;

    public void Dispose()
    {
        _listener?.Dispose();
        _activities.Dispose();
    }

    [Fact]
    public void Nobody_listening_means_no_span_of_a_request() => Assert.Null(_activities.BeginRequest("GET", "http", "/", TraceParent, null));

    [Fact]
    public void Nobody_listening_means_no_span_of_an_attempt() => Assert.Null(Attempt());

    [Fact]
    public void Ending_no_span_does_nothing()
    {
        ProxyActivities.EndRequest(null, "r", "web", "a", "success", 200, isError: false);
        ProxyActivities.EndAttempt(null, "success", false, 200);
    }

    [Fact]
    public void A_request_is_under_the_span_of_the_client()
    {
        Listen();

        using var activity = _activities.BeginRequest("GET", "http", "/", TraceParent, "vendor=1");

        Assert.Equal(
            ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "vendor=1", true),
            (activity!.TraceId.ToString(), activity.ParentSpanId.ToString(), activity.TraceStateString, activity.HasRemoteParent));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    public void A_request_without_a_valid_trace_context_begins_a_trace(string? traceParent)
    {
        Listen();

        using var activity = _activities.BeginRequest("GET", "http", "/", traceParent, null);

        Assert.Equal(default, activity!.ParentSpanId);
    }

    [Fact]
    public void A_request_is_not_under_the_span_of_the_web_server()
    {
        Listen();
        using var server = new Activity("Microsoft.AspNetCore.Hosting.HttpRequestIn").Start();

        using var activity = _activities.BeginRequest("GET", "http", "/", null, null);

        Assert.NotEqual(server.TraceId, activity!.TraceId);
    }

    [Fact]
    public void A_request_says_what_was_asked_and_what_became_of_it()
    {
        Listen();
        var activity = _activities.BeginRequest("GET", "http", "/path", null, null)!;

        ProxyActivities.EndRequest(activity, "all", "web", "a", "success", 200, isError: false);

        Assert.Equal((ActivityKind.Server, "GET", ActivityStatusCode.Unset, true), (activity.Kind, activity.DisplayName, activity.Status, activity.IsStopped));
        Assert.Equal(
            "http.request.method=GET http.response.status_code=200 lb.cluster=web lb.destination=a lb.outcome=success lb.route=all url.path=/path url.scheme=http",
            Tags(activity));
    }

    [Theory]
    [InlineData(200, ActivityStatusCode.Unset)]
    [InlineData(404, ActivityStatusCode.Unset)]
    [InlineData(499, ActivityStatusCode.Unset)]
    [InlineData(500, ActivityStatusCode.Error)]
    [InlineData(503, ActivityStatusCode.Error)]
    public void A_request_that_was_answered_with_5xx_is_an_error(int status, ActivityStatusCode code)
    {
        Listen();
        var activity = _activities.BeginRequest("GET", "http", "/", null, null);

        ProxyActivities.EndRequest(activity, null, null, null, "refused", status, isError: status >= 500);

        Assert.Equal(code, activity!.Status);
    }

    [Fact]
    public void An_attempt_is_a_child_of_its_request()
    {
        Listen();
        using var request = _activities.BeginRequest("GET", "http", "/", TraceParent, null);

        using var attempt = Attempt();

        Assert.Equal((request!.TraceId, request.SpanId), (attempt!.TraceId, attempt.ParentSpanId));
    }

    [Fact]
    public void An_attempt_says_where_it_went_and_what_it_ended_in()
    {
        Listen();
        var attempt = Attempt(number: 2)!;

        ProxyActivities.EndAttempt(attempt, "success", failed: false, status: 201);

        Assert.Equal((ActivityKind.Client, "GET a", ActivityStatusCode.Unset, true), (attempt.Kind, attempt.DisplayName, attempt.Status, attempt.IsStopped));
        Assert.Equal(
            "http.request.method=GET http.response.status_code=201 lb.attempt=2 lb.cluster=web lb.destination=a lb.outcome=success server.address=host server.port=8080",
            Tags(attempt));
    }

    [Fact]
    public void A_failed_attempt_is_an_error_of_its_outcome()
    {
        Listen();
        var attempt = Attempt()!;

        ProxyActivities.EndAttempt(attempt, "connect_failed", failed: true, status: null);

        Assert.Equal(
            (ActivityStatusCode.Error, "connect_failed", null),
            (attempt.Status, attempt.GetTagItem("error.type"), attempt.GetTagItem("http.response.status_code")));
    }

    private Activity? Attempt(int number = 1) => _activities.BeginAttempt("GET", "web", "a", new Uri("http://host:8080/"), number);

    private void Listen()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "LoadBalancer.Proxy",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    private static string Tags(Activity activity) => string.Join(' ', activity.TagObjects.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}"));
}
