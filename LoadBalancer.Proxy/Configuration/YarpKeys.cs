using System.Collections.Frozen;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>
/// Every key of the configuration of YARP 2.3 below <c>ReverseProxy</c>, and what becomes of it here. A star stands for a name or a number.
/// A test holds the table against YARP's own types, so that none is forgotten.
/// </summary>
internal static class YarpKeys
{
    // No health is so bad that a share as small as this is available, but none at all.
    private const string WhenNoneIsLeft = "0.0001";

    private const string NoLimit = "1.00:00:00";

    private const string MetadataIsForCode = "has no effect: no code of yours runs here that could read it. Leave it out";

    private static readonly YarpRule Works = new();

    /// <summary>What is said where YARP's configuration is silent: its own defaults where they differ from ours.</summary>
    public static readonly IReadOnlyList<(string Key, string Value)> ClusterDefaults =
    [
        ("LoadBalancingPolicy", nameof(LoadBalancingPolicy.PowerOfTwoChoices)),
        ("HealthCheck:Active:Interval", "00:00:15"),
        ("HealthCheck:Active:Timeout", "00:00:10"),
        ("HealthCheck:Active:Statuses", "200-299"),
        ("Panic:Threshold", WhenNoneIsLeft),
        ("HttpRequest:Timeout", NoLimit),
        ("SessionAffinity:Cookie:SecurePolicy", nameof(CookieSecurity.None)),
        ("SessionAffinity:Cookie:SameSite", nameof(CookieSite.Unspecified)),
    ];

    /// <summary>The table.</summary>
    public static readonly FrozenDictionary<string, YarpRule> Known = new Dictionary<string, YarpRule>
    {
        ["Routes:*:RouteId"] = Wrong("is the key that the route stands under. Leave it out"),
        ["Routes:*:ClusterId"] = Works,
        ["Routes:*:Order"] = Works,
        ["Routes:*:Match:Hosts"] = Works,
        ["Routes:*:Match:Path"] = Works,
        ["Routes:*:Match:Methods"] = Works,
        ["Routes:*:Match:Headers"] = Works,
        ["Routes:*:Match:QueryParameters"] = Works,
        ["Routes:*:Transforms"] = Works,
        ["Routes:*:Timeout"] = Works,
        ["Routes:*:TimeoutPolicy"] = Wrong("names a policy of code, and there is none here: write the time as Timeout, or Disable")
            .But("Disable", "Routes:*:Timeout", NoLimit).But("Default"),
        ["Routes:*:MaxRequestBodySize"] = Works,
        ["Routes:*:AuthorizationPolicy"] = Wrong("is not there: who may ask is for the destinations to say, or for a proxy in front. Leave it out, or write Anonymous").But("Anonymous"),
        ["Routes:*:CorsPolicy"] = Wrong("is not there: preflight requests are passed on, and the destinations answer them. Leave it out, or write Disable").But("Disable"),
        ["Routes:*:RateLimiterPolicy"] = Wrong("names a policy of code, and there is none here: use RateLimit, as in { \"Requests\": 100, \"Per\": \"1s\" }, or Disable").But("Disable"),
        ["Routes:*:OutputCachePolicy"] = Wrong("is not there: nothing is cached here. Leave it out"),
        ["Routes:*:Metadata"] = Wrong(MetadataIsForCode),

        ["Clusters:*:ClusterId"] = Wrong("is the key that the cluster stands under. Leave it out"),
        ["Clusters:*:LoadBalancingPolicy"] = Works,
        ["Clusters:*:SessionAffinity:Enabled"] = Works,
        ["Clusters:*:SessionAffinity:Policy"] = Works,
        ["Clusters:*:SessionAffinity:FailurePolicy"] = Works,
        ["Clusters:*:SessionAffinity:AffinityKeyName"] = Works,
        ["Clusters:*:SessionAffinity:Cookie:Path"] = Works,
        ["Clusters:*:SessionAffinity:Cookie:Domain"] = Works,
        ["Clusters:*:SessionAffinity:Cookie:HttpOnly"] = Works,
        ["Clusters:*:SessionAffinity:Cookie:SecurePolicy"] = Works,
        ["Clusters:*:SessionAffinity:Cookie:SameSite"] = Works,
        ["Clusters:*:SessionAffinity:Cookie:Expiration"] = Works,
        ["Clusters:*:SessionAffinity:Cookie:MaxAge"] = Works,
        ["Clusters:*:SessionAffinity:Cookie:IsEssential"] = Wrong("is not true or false, and has no effect: no consent is asked for here. Leave it out").But("true").But("false"),
        ["Clusters:*:HealthCheck:AvailableDestinationsPolicy"] = Wrong("is not one of HealthyOrPanic, HealthyAndUnknown")
            .But("HealthyOrPanic", "Clusters:*:Panic:Threshold", WhenNoneIsLeft).But("HealthyAndUnknown", "Clusters:*:Panic:Threshold", "0"),
        ["Clusters:*:HealthCheck:Active:Enabled"] = Works,
        ["Clusters:*:HealthCheck:Active:Interval"] = Works,
        ["Clusters:*:HealthCheck:Active:Timeout"] = Works,
        ["Clusters:*:HealthCheck:Active:Policy"] = Wrong("is not ConsecutiveFailures, the only policy that there is: use Fall and Rise").But("ConsecutiveFailures"),
        ["Clusters:*:HealthCheck:Active:Path"] = Works,
        ["Clusters:*:HealthCheck:Active:Query"] = Works,
        ["Clusters:*:HealthCheck:Passive:Enabled"] = Works,
        ["Clusters:*:HealthCheck:Passive:Policy"] = Works,
        ["Clusters:*:HealthCheck:Passive:ReactivationPeriod"] = Works,
        ["Clusters:*:HttpClient:SslProtocols"] = Wrong("is not there: the versions of TLS are those that the operating system allows. Leave it out"),
        ["Clusters:*:HttpClient:DangerousAcceptAnyServerCertificate"] = Works,
        ["Clusters:*:HttpClient:MaxConnectionsPerServer"] = Works,
        ["Clusters:*:HttpClient:EnableMultipleHttp2Connections"] = Works,
        ["Clusters:*:HttpClient:WebProxy"] = Wrong("is not there: destinations are asked directly. Leave it out"),
        ["Clusters:*:HttpClient:RequestHeaderEncoding"] = AnyEncoding,
        ["Clusters:*:HttpClient:ResponseHeaderEncoding"] = AnyEncoding,
        ["Clusters:*:HttpRequest:ActivityTimeout"] = Works,
        ["Clusters:*:HttpRequest:Version"] = Works,
        ["Clusters:*:HttpRequest:VersionPolicy"] = Works,
        ["Clusters:*:HttpRequest:AllowResponseBuffering"] = Wrong("is not there: answers are passed on as they come. Leave it out, or write false").But("false"),
        ["Clusters:*:Metadata:ConsecutiveFailuresHealthPolicy.Threshold"] = new YarpRule { Becomes = "Clusters:*:HealthCheck:Active:Fall" },
        ["Clusters:*:Metadata:TransportFailureRateHealthPolicy.RateLimit"] = new YarpRule { IsFailureRateLimit = true },
        ["Clusters:*:Metadata:*"] = Wrong(MetadataIsForCode),
        ["Clusters:*:Destinations:*:Address"] = Works,
        ["Clusters:*:Destinations:*:Health"] = Works,
        ["Clusters:*:Destinations:*:Host"] = Works,
        ["Clusters:*:Destinations:*:Metadata"] = Wrong(MetadataIsForCode),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // Bytes go through as they are, which is what each of these comes to where both sides are of one encoding.
    private static YarpRule AnyEncoding =>
        Wrong("is not there: the bytes of header values are passed on as they are. Leave it out").But("utf-8").But("iso-8859-1").But("latin1").But("us-ascii").But("ascii");

    private static YarpRule Wrong(string error) => new() { Error = error };
}

/// <summary>What becomes of a key of YARP. With nothing said, it means here what it means there.</summary>
internal sealed record YarpRule
{
    private readonly Dictionary<string, (string Key, string Value)?> _but = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is wrong with it, and what to use instead; null when it works.</summary>
    public string? Error { get; init; }

    /// <summary>The key of ours that has the same meaning, where that has another name.</summary>
    public string? Becomes { get; init; }

    /// <summary>Whether it is the share of failures at which a passive health check takes a destination out.</summary>
    public bool IsFailureRateLimit { get; init; }

    /// <summary>The same, but one value works: it means what is the case anyhow, or a key of ours.</summary>
    public YarpRule But(string value, string? key = null, string meaning = "")
    {
        _but.Add(value, key is null ? null : (key, meaning));
        return this;
    }

    /// <summary>Whether a value works though others are an error, and what it comes to.</summary>
    public bool Takes(string value, out (string Key, string Value)? meaning) => _but.TryGetValue(value, out meaning);
}
