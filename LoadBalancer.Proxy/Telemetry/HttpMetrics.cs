using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>Duration and number of requests in both directions, by the semantic conventions of OpenTelemetry.</summary>
/// <remarks>
/// The instruments of the platform with these names are not exported: they cost several times as much, exist in one engine only, and take
/// what the client says in <c>Host</c> for the address of the destination.
/// </remarks>
internal sealed class HttpMetrics
{
    private const string OtherMethod = "_OTHER";
    private const int LeastStatus = 100;
    private const int MostStatus = 599;
    private const int LeastClientError = 400;
    private const int LeastServerError = 500;

    // The boundaries that the conventions give, in seconds.
    private static readonly InstrumentAdvice<double> Durations = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] };
    private static readonly object[] Statuses = [.. Enumerable.Range(LeastStatus, MostStatus - LeastStatus + 1).Select(status => (object)status)];

    // Any other method counts as one: clients may make up as many as they like.
    private static readonly string[] Methods = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", OtherMethod];

    private readonly Histogram<double> _served;
    private readonly Histogram<double> _attempted;
    private readonly StripedCounts _active = new(Methods.Length * 2);

    /// <param name="factory">Makes the meter; the one of the host, so that tests can tell hosts apart.</param>
    public HttpMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(ProxyMetrics.Name);
        _served = meter.CreateHistogram("http.server.request.duration", "s", "Duration of requests, from their head to the end of the answer.", tags: null, Durations);
        _attempted = meter.CreateHistogram("http.client.request.duration", "s", "Duration of attempts, until the head of the answer is there.", tags: null, Durations);
        meter.CreateObservableUpDownCounter("http.server.active_requests", ReadActive, "{request}", "Requests under way.");
    }

    /// <summary>A request has begun. <see cref="Ended"/> must follow, with the same method and scheme.</summary>
    public void Began(string method, bool isTls) => _active.Add(ActiveAt(method, isTls), 1);

    /// <summary>A request has ended, and everything else is told of it: what is no longer active is in all counts.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="isTls">Whether it came over TLS.</param>
    /// <param name="version">Its version of HTTP, as in <c>HTTP/1.1</c>.</param>
    /// <param name="status">The status of its answer.</param>
    /// <param name="elapsed">How long it took, in ticks of 100 ns.</param>
    public void Ended(string method, bool isTls, string version, int status, long elapsed)
    {
        if (_served.Enabled)
        {
            var tags = new TagList
            {
                { TelemetryTags.Method, Known(method) },
                { TelemetryTags.Status, Boxed(status) },
                { TelemetryTags.ProtocolVersion, VersionOf(version) },
                { TelemetryTags.Scheme, SchemeOf(isTls) },
            };
            if (status >= LeastServerError)
            {
                tags.Add(TelemetryTags.ErrorType, TextOf(status));
            }

            _served.Record(SecondsOf(elapsed), tags);
        }

        _active.Add(ActiveAt(method, isTls), -1);
    }

    /// <summary>An attempt has ended.</summary>
    /// <param name="method">The method that was sent.</param>
    /// <param name="server">Where it went.</param>
    /// <param name="version">The version of HTTP of the answer, as in <c>1.1</c>; null where there was none.</param>
    /// <param name="status">The status of the answer; 0 where there was none.</param>
    /// <param name="outcome">The tag of what it ended in.</param>
    /// <param name="elapsed">How long it took until the head of the answer was there, or it was clear that none would come, in ticks of 100 ns.</param>
    public void Attempted(string method, ServerTags server, string? version, int status, string outcome, long elapsed)
    {
        if (!_attempted.Enabled)
        {
            return;
        }

        var tags = new TagList { { TelemetryTags.Method, Known(method) }, server.Address, server.Port, server.Scheme };
        if (version is null || status == 0)
        {
            tags.Add(TelemetryTags.ErrorType, outcome);
        }
        else
        {
            tags.Add(TelemetryTags.Status, Boxed(status));
            tags.Add(TelemetryTags.ProtocolVersion, version);
            if (status >= LeastClientError)
            {
                tags.Add(TelemetryTags.ErrorType, TextOf(status));
            }
        }

        _attempted.Record(SecondsOf(elapsed), tags);
    }

    /// <summary>A version of HTTP as the conventions write it.</summary>
    public static string? VersionOf(Version? version) => version switch
    {
        null => null,
        { Major: 1, Minor: 1 } => "1.1",
        { Major: 2 } => "2",
        { Major: 3 } => "3",
        _ => "1.0",
    };

    private static string VersionOf(string protocol) => protocol switch
    {
        "HTTP/1.1" => "1.1",
        "HTTP/2" => "2",
        "HTTP/3" => "3",
        _ => "1.0",
    };

    private static string SchemeOf(bool isTls) => isTls ? "https" : "http";

    private static double SecondsOf(long ticks) => (double)ticks / TimeSpan.TicksPerSecond;

    private static object Boxed(int status) => status is >= LeastStatus and <= MostStatus ? Statuses[status - LeastStatus] : status;

    private static string TextOf(int status) => status.ToString(CultureInfo.InvariantCulture);

    private static string Known(string method) => Methods[IndexOf(method)];

    private static int IndexOf(string method) => method == Methods[0] ? 0 : Array.IndexOf(Methods, method) is >= 0 and var index ? index : Methods.Length - 1;

    private static int ActiveAt(string method, bool isTls) => (IndexOf(method) * 2) + (isTls ? 1 : 0);

    private IEnumerable<Measurement<long>> ReadActive()
    {
        for (var at = 0; at < Methods.Length * 2; at++)
        {
            if (_active.WasUsed(at))
            {
                yield return new(_active.Read(at), new(TelemetryTags.Method, Methods[at / 2]), new KeyValuePair<string, object?>(TelemetryTags.Scheme, SchemeOf(at % 2 == 1)));
            }
        }
    }
}

/// <summary>What metrics say of the place that an attempt goes to, made once for each.</summary>
internal sealed class ServerTags(Uri address)
{
    public KeyValuePair<string, object?> Address { get; } = new(TelemetryTags.ServerAddress, SocketHost.PathIn(address.IdnHost) ?? address.IdnHost);

    public KeyValuePair<string, object?> Port { get; } = new(TelemetryTags.ServerPort, SocketHost.PathIn(address.IdnHost) is null ? address.Port : 0);

    public KeyValuePair<string, object?> Scheme { get; } = new(TelemetryTags.Scheme, address.Scheme);
}
