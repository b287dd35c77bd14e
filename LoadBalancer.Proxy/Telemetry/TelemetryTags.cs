namespace LoadBalancer.Proxy.Telemetry;

/// <summary>The names of tags and log attributes; those without <c>lb.</c> are of the OpenTelemetry semantic conventions.</summary>
internal static class TelemetryTags
{
    /// <summary>The cluster's name.</summary>
    public const string Cluster = "lb.cluster";

    /// <summary>The name of the cluster that serves in place of another.</summary>
    public const string Fallback = "lb.fallback";

    /// <summary>The destination's name.</summary>
    public const string Destination = "lb.destination";

    /// <summary>What an attempt or request ended in.</summary>
    public const string Outcome = "lb.outcome";

    /// <summary>The number of the attempt within its request, from 1.</summary>
    public const string Attempt = "lb.attempt";

    /// <summary>What became of a session.</summary>
    public const string Session = "lb.session";

    /// <summary>The route's name.</summary>
    public const string Route = "lb.route";

    /// <summary>The listener's name.</summary>
    public const string Listener = "lb.listener";

    /// <summary>The first name that a certificate is for.</summary>
    public const string Certificate = "lb.certificate";

    /// <summary>The health verdict before.</summary>
    public const string From = "lb.from";

    /// <summary>The health verdict after.</summary>
    public const string To = "lb.to";

    /// <summary>Why the verdict changed.</summary>
    public const string Reason = "lb.reason";

    /// <summary>A reason: the header of the PROXY protocol was missing or malformed.</summary>
    public const string ReasonProxyProtocol = "proxy_protocol";

    /// <summary>A reason: too many frames of HTTP/2 that cost their sender nothing.</summary>
    public const string ReasonFlood = "http2_flood";

    /// <summary>Whether it was only told, and not done.</summary>
    public const string DryRun = "lb.dry_run";

    /// <summary>The request's method.</summary>
    public const string Method = "http.request.method";

    /// <summary>The answer's status code.</summary>
    public const string Status = "http.response.status_code";

    /// <summary>The address of the client, behind the proxies that are trusted.</summary>
    public const string ClientAddress = "client.address";

    /// <summary>The request's path.</summary>
    public const string Path = "url.path";

    /// <summary>The request's scheme.</summary>
    public const string Scheme = "url.scheme";

    /// <summary>The URL that an attempt asks for.</summary>
    public const string Url = "url.full";

    /// <summary>The host that was asked.</summary>
    public const string ServerAddress = "server.address";

    /// <summary>The port that was asked.</summary>
    public const string ServerPort = "server.port";

    /// <summary>The version of HTTP.</summary>
    public const string ProtocolVersion = "network.protocol.version";

    /// <summary>The kind of an error.</summary>
    public const string ErrorType = "error.type";
}
