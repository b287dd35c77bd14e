using System.Diagnostics;
using System.Net;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>The only activity source of the proxy: a span for each request, and under it one for each attempt.</summary>
internal sealed class ProxyActivities : IDisposable
{
    private readonly ActivitySource _source = new(ProxyMetrics.Name);

    /// <summary>Whether anybody listens.</summary>
    public bool HasListeners => _source.HasListeners();

    /// <summary>Begins the span of a request, under that of the client when it sent a trace context (W3C Trace Context).</summary>
    /// <returns>The span, or null when nobody listens.</returns>
    public Activity? BeginRequest(string method, string scheme, string path, string? traceParent, string? traceState)
    {
        if (!HasListeners)
        {
            return null;
        }

        // Where somebody listens to the web server, it has begun an activity of its own, which nobody exports. A span under it would hang in the air.
        Activity.Current = null;
        _ = ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var client);
        var activity = _source.StartActivity(method, ActivityKind.Server, client);
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag(TelemetryTags.Method, method);
            activity.SetTag(TelemetryTags.Scheme, scheme);
            activity.SetTag(TelemetryTags.Path, path);
        }

        return activity;
    }

    /// <summary>Notes the client of a request.</summary>
    public static void SetClient(Activity activity, IPAddress? client) => activity.SetTag(TelemetryTags.ClientAddress, client?.ToString());

    /// <summary>Ends the span of a request.</summary>
    public static void EndRequest(Activity? activity, string? route, string? cluster, string? destination, string outcome, int status, bool isError)
    {
        if (activity is null)
        {
            return;
        }

        activity.SetTag(TelemetryTags.Route, route);
        activity.SetTag(TelemetryTags.Cluster, cluster);
        activity.SetTag(TelemetryTags.Destination, destination);
        activity.SetTag(TelemetryTags.Outcome, outcome);
        activity.SetTag(TelemetryTags.Status, status);
        if (isError)
        {
            activity.SetStatus(ActivityStatusCode.Error);
        }

        activity.Stop();
    }

    /// <summary>Begins the span of an attempt.</summary>
    public Activity? BeginAttempt(string method, string cluster, string destination, Uri address, int number)
    {
        var activity = _source.StartActivity(method, ActivityKind.Client);
        if (activity is { IsAllDataRequested: true })
        {
            activity.DisplayName = $"{method} {destination}";
            activity.SetTag(TelemetryTags.Method, method);
            activity.SetTag(TelemetryTags.Cluster, cluster);
            activity.SetTag(TelemetryTags.Destination, destination);
            activity.SetTag(TelemetryTags.ServerAddress, SocketHost.PathIn(address.Host) ?? address.Host);
            activity.SetTag(TelemetryTags.ServerPort, address.Port);
            activity.SetTag(TelemetryTags.Attempt, number);
        }

        return activity;
    }

    /// <summary>Ends the span of an attempt.</summary>
    /// <param name="activity">The span.</param>
    /// <param name="outcome">The tag of the outcome.</param>
    /// <param name="failed">Whether the destination is at fault.</param>
    /// <param name="status">The status that the destination answered, or null when it did not.</param>
    public static void EndAttempt(Activity? activity, string outcome, bool failed, int? status)
    {
        if (activity is null)
        {
            return;
        }

        activity.SetTag(TelemetryTags.Outcome, outcome);
        if (status is { } code)
        {
            activity.SetTag(TelemetryTags.Status, code);
        }

        if (failed)
        {
            activity.SetTag(TelemetryTags.ErrorType, outcome);
            activity.SetStatus(ActivityStatusCode.Error);
        }

        activity.Stop();
    }

    /// <inheritdoc />
    public void Dispose() => _source.Dispose();
}
