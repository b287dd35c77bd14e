namespace LoadBalancer.Proxy.Configuration;

/// <summary>The transforms of YARP 2.3, by the key that says which it is.</summary>
internal static class TransformTable
{
    public const string PathPrefix = "PathPrefix";
    public const string PathRemovePrefix = "PathRemovePrefix";
    public const string PathSet = "PathSet";
    public const string PathPattern = "PathPattern";
    public const string QueryValueParameter = "QueryValueParameter";
    public const string QueryRouteParameter = "QueryRouteParameter";
    public const string QueryRemoveParameter = "QueryRemoveParameter";
    public const string HttpMethodChange = "HttpMethodChange";
    public const string RequestHeadersCopy = "RequestHeadersCopy";
    public const string RequestHeaderOriginalHost = "RequestHeaderOriginalHost";
    public const string RequestHeader = "RequestHeader";
    public const string RequestHeaderRouteValue = "RequestHeaderRouteValue";
    public const string RequestHeaderRemove = "RequestHeaderRemove";
    public const string RequestHeadersAllowed = "RequestHeadersAllowed";
    public const string XForwarded = "X-Forwarded";
    public const string Forwarded = "Forwarded";
    public const string ClientCert = "ClientCert";
    public const string ResponseHeadersCopy = "ResponseHeadersCopy";
    public const string ResponseHeader = "ResponseHeader";
    public const string ResponseHeaderRemove = "ResponseHeaderRemove";
    public const string ResponseHeadersAllowed = "ResponseHeadersAllowed";
    public const string ResponseTrailersCopy = "ResponseTrailersCopy";
    public const string ResponseTrailer = "ResponseTrailer";
    public const string ResponseTrailerRemove = "ResponseTrailerRemove";
    public const string ResponseTrailersAllowed = "ResponseTrailersAllowed";

    /// <summary>The key of a new value.</summary>
    public const string Set = "Set";

    /// <summary>The key of a value that is added to the one there is.</summary>
    public const string Append = "Append";

    /// <summary>The key that says for which answers.</summary>
    public const string When = "When";

    /// <summary>The key that takes the place of <c>X-Forwarded-</c>.</summary>
    public const string HeaderPrefix = "HeaderPrefix";

    /// <summary>The further keys of each.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Parameters = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase)
    {
        [PathPrefix] = [],
        [PathRemovePrefix] = [],
        [PathSet] = [],
        [PathPattern] = [],
        [QueryValueParameter] = [Set, Append],
        [QueryRouteParameter] = [Set, Append],
        [QueryRemoveParameter] = [],
        [HttpMethodChange] = [Set],
        [RequestHeadersCopy] = [],
        [RequestHeaderOriginalHost] = [],
        [RequestHeader] = [Set, Append],
        [RequestHeaderRouteValue] = [Set, Append],
        [RequestHeaderRemove] = [],
        [RequestHeadersAllowed] = [],
        [XForwarded] = ["For", "Host", "Proto", "Prefix", HeaderPrefix],
        [Forwarded] = ["ForFormat", "ByFormat", "Action"],
        [ClientCert] = [],
        [ResponseHeadersCopy] = [],
        [ResponseHeader] = [Set, Append, When],
        [ResponseHeaderRemove] = [When],
        [ResponseHeadersAllowed] = [],
        [ResponseTrailersCopy] = [],
        [ResponseTrailer] = [Set, Append, When],
        [ResponseTrailerRemove] = [When],
        [ResponseTrailersAllowed] = [],
    };

    /// <summary>Which of them a transform is, as it is written in the table; null when it is none.</summary>
    public static string? NameOf(IReadOnlyDictionary<string, string> transform) => Parameters.Keys.FirstOrDefault(transform.ContainsKey);

    /// <summary>The value that it sets or adds; null when it has none.</summary>
    public static string? ValueOf(IReadOnlyDictionary<string, string> transform) => transform.GetValueOrDefault(Set) ?? transform.GetValueOrDefault(Append);

    /// <summary>The items of a list of headers.</summary>
    public static string[] ListOf(string headers) => headers.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
