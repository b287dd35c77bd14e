namespace LoadBalancer.Proxy.Http;

/// <summary>An answer of the proxy's own, in place of one of a destination. None of them names an internal address.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Title">What happened, in a few words that are always the same.</param>
/// <param name="Detail">What happened, in a sentence.</param>
/// <param name="RetryAfter">After how many seconds it makes sense to ask again; null when that is unknown.</param>
internal sealed record Refusal(int Status, string Title, string Detail, int? RetryAfter = null)
{
    /// <summary>The methods that this proxy passes on, as the <c>Allow</c> field says it; any other that is not refused is passed on too.</summary>
    public const string PassedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    /// <summary>The request could not be read.</summary>
    public static readonly Refusal BadRequest = new(400, "Bad request", "The request could not be read to its end.");

    /// <summary>The request breaks a rule of HTTP, so that two readers might take it for two different requests.</summary>
    public static readonly Refusal Malformed = new(400, "Malformed request", "The request is not valid HTTP.") { Closes = true };

    /// <summary>The path could lead out of the one that the destination serves.</summary>
    public static readonly Refusal ClimbingPath = new(400, "Path not allowed", "The path has a segment \"..\", which could lead out of what is served here.");

    /// <summary>The request names no host, and would be sent on to it.</summary>
    public static readonly Refusal NoHost = new(400, "Host missing", "The request names no host, which its redirect needs.");

    /// <summary>The route puts a part of the path where such a text cannot stand.</summary>
    public static readonly Refusal UnfitPath = new(400, "Path not fit", "A part of the path cannot stand where it would be passed on.");

    /// <summary>The client has to say who it is; see <see cref="Challenge"/>.</summary>
    public static readonly Refusal Unauthorized = new(401, "Unauthorized", "A name and a password are needed here.");

    /// <summary>The client may not ask for this.</summary>
    public static readonly Refusal Forbidden = new(403, "Forbidden", "This is not open to the address of the client.");

    /// <summary>No route matches.</summary>
    public static readonly Refusal NoRoute = new(404, "No route", "No route matches this request.");

    /// <summary>The method is one that this proxy does not pass on.</summary>
    public static readonly Refusal MethodNotAllowed = new(405, "Method not allowed", "This method is not passed on.") { Allow = PassedMethods };

    /// <summary>The client took too long to send the request.</summary>
    public static readonly Refusal ClientTooSlow = new(408, "Request timeout", "The request did not arrive in time.");

    /// <summary>The body of the request is longer than the route allows.</summary>
    public static readonly Refusal BodyTooLarge = new(413, "Content too large", "The body of the request is longer than is allowed here.") { Closes = true };

    /// <summary>The first line of the request is longer than is allowed.</summary>
    public static readonly Refusal TargetTooLong = new(414, "URI too long", "The first line of the request is longer than is allowed here.") { Closes = true };

    /// <summary>The rate limit of the route is used up; see <see cref="After"/>.</summary>
    public static readonly Refusal TooManyRequests = new(429, "Too many requests", "There were more requests than the rate limit of this route allows.", RetryAfter: 1);

    /// <summary>The header fields of the request are longer than is allowed, or too many.</summary>
    public static readonly Refusal HeadTooLarge = new(431, "Request header fields too large", "The header fields of the request are longer than is allowed here, or too many.") { Closes = true };

    /// <summary>The proxy itself failed.</summary>
    public static readonly Refusal Defect = new(500, "Internal error", "The load balancer failed to serve this request.");

    /// <summary>The body is framed in a way that is not known here.</summary>
    public static readonly Refusal UnknownCoding = new(501, "Not implemented", "The body has a transfer coding other than chunked.") { Closes = true };

    /// <summary>The destination broke the connection, or answered what is not HTTP.</summary>
    public static readonly Refusal DestinationFailed = new(502, "Destination failed", "The destination did not give a valid answer.");

    /// <summary>No destination may be picked, or none can be reached.</summary>
    public static readonly Refusal NoDestination = new(503, "No destination available", "No destination is available to serve this request.", RetryAfter: 1);

    /// <summary>Every destination has as many requests as it may, and none had a place in time.</summary>
    public static readonly Refusal Overloaded = new(503, "Overloaded", "No destination could take the request in time.", RetryAfter: 1);

    /// <summary>The proxy itself has as much to do as it can.</summary>
    public static readonly Refusal Busy = new(503, "Too busy", "There is too much to do to serve this request.", RetryAfter: 1);

    /// <summary>More connections are open than the proxy is to serve.</summary>
    public static readonly Refusal TooManyConnections = new(503, "Too many connections", "There are more connections than can be served.", RetryAfter: 1) { Closes = true };

    /// <summary>The destination took too long.</summary>
    public static readonly Refusal DestinationTooSlow = new(504, "Destination too slow", "The destination did not answer in time.");

    /// <summary>The version of HTTP is not known here.</summary>
    public static readonly Refusal UnknownVersion = new(505, "HTTP version not supported", "The request is in a version of HTTP that is not spoken here.") { Closes = true };

    /// <summary>The request has come by too often.</summary>
    public static readonly Refusal Loop = new(508, "Loop detected", "The request has passed this load balancer too often: it is going in a circle.");

    /// <summary>Each of them.</summary>
    public static IReadOnlyList<Refusal> All =>
    [
        BadRequest, Malformed, ClimbingPath, NoHost, UnfitPath, Unauthorized, Forbidden, NoRoute, MethodNotAllowed, ClientTooSlow, BodyTooLarge, TargetTooLong, TooManyRequests, HeadTooLarge, Defect, UnknownCoding,
        DestinationFailed, NoDestination, Overloaded, Busy, TooManyConnections, DestinationTooSlow, UnknownVersion, Loop,
    ];

    /// <summary>The refusal of a request that could not be read, with the status that the web server found it worthy of.</summary>
    public static Refusal ForBadRequest(int status) => status switch
    {
        408 => ClientTooSlow,
        413 => BodyTooLarge,
        400 => BadRequest,
        > 400 and < 500 => BadRequest with { Status = status },
        _ => BadRequest,
    };

    /// <summary>
    /// The refusal of a method that is never passed on, or null: TRACE would show a client what proxies add to its request; CONNECT would make a tunnel to anywhere.
    /// </summary>
    public static Refusal? ForMethod(string method) =>
        method.Equals("TRACE", StringComparison.OrdinalIgnoreCase) || method.Equals("CONNECT", StringComparison.OrdinalIgnoreCase) ? MethodNotAllowed : null;

    /// <summary>The same, to ask again after a time.</summary>
    /// <param name="wait">The time, in ticks of 100 ns; told in whole seconds, rounded up.</param>
    public Refusal After(long wait)
    {
        var seconds = (int)Math.Clamp((wait + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond, 1, int.MaxValue);
        return seconds == RetryAfter ? this : this with { RetryAfter = seconds };
    }

    /// <summary>The methods that are allowed, where the refusal is about the method.</summary>
    public string? Allow { get; init; }

    /// <summary>How the client may say who it is (<c>WWW-Authenticate</c>, RFC 9110, 11.6.1); null where that would change nothing.</summary>
    public string? Challenge { get; init; }

    /// <summary>Whether the connection is closed after it: where the request ended is not certain.</summary>
    public bool Closes { get; init; }
}
