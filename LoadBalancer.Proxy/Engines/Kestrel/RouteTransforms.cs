using System.Runtime.CompilerServices;
using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;
using Microsoft.AspNetCore.Routing;
using Yarp.ReverseProxy.Transforms;
using Route = LoadBalancer.Proxy.Routing.Route;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The transforms of a route: YARP's, and what there is to know about them before they run. It never changes.</summary>
/// <remarks>
/// Which fields are copied at all is decided here and not by YARP's transforms: they would copy what is between neighbours, and what clients claim of where they come from.
/// </remarks>
internal sealed class RouteTransforms
{
    // Beside the routes, which know no engine. It is the route that keeps them.
    private static readonly ConditionalWeakTable<Route, RouteTransforms> Made = [];

    private readonly PathPattern _path;
    private readonly List<(HttpMethod From, HttpMethod To)> _methods = [];
    private readonly HashSet<string> _appended = new(StringComparer.OrdinalIgnoreCase);
    private readonly CopiedFields _request = new();
    private readonly CopiedFields _answer = new();
    private readonly CopiedFields _trailers = new();

    private RouteTransforms(Route route)
    {
        _path = route.Path;
        var context = TransformFactories.CreateContext();
        foreach (var transform in route.Transforms)
        {
            var name = TransformTable.NameOf(transform)!;
            if (!Take(name, transform[name], transform))
            {
                TransformFactories.Build(context, AsWritten(name, transform));
            }
        }

        Request = [.. context.RequestTransforms];
        Answer = [.. context.ResponseTransforms];
        Trailers = [.. context.ResponseTrailersTransforms];
        ChangesPath = Request.Any(transform => transform is PathStringTransform or PathRouteValuesTransform);
    }

    /// <summary>What is done to requests.</summary>
    public IReadOnlyList<RequestTransform> Request { get; }

    /// <summary>What is done to the heads of answers.</summary>
    public IReadOnlyList<ResponseTransform> Answer { get; }

    /// <summary>What is done to their trailers.</summary>
    public IReadOnlyList<ResponseTrailersTransform> Trailers { get; }

    /// <summary>Whether the path that is sent is not the one that the client wrote.</summary>
    public bool ChangesPath { get; }

    /// <summary>Whether the same goes for the query.</summary>
    public bool ChangesQuery { get; private set; }

    /// <summary>Whether parts of the path become values of fields.</summary>
    public bool PutsPathIntoFields { get; private set; }

    /// <summary>Whether they say themselves where the request came from.</summary>
    public bool WritesForwarded { get; private set; }

    /// <summary>Whether they write <c>Host</c>.</summary>
    public bool WritesHost { get; private set; }

    /// <summary>Whether destinations get the client's <c>Host</c> (true) or their own (false) whatever else is said of it; null where nothing is.</summary>
    public bool? KeepsHost { get; private set; }

    /// <summary>The transforms of a route; null when it has none.</summary>
    public static RouteTransforms? Of(Route route) => route.Transforms.Count == 0 ? null : Made.GetValue(route, static route => new RouteTransforms(route));

    /// <summary>Whether a field of the client is copied. What is appended to has to be there.</summary>
    public bool PassesRequest(string name) => _request.Passes(name) || _appended.Contains(name);

    /// <summary>Whether a field of the destination is copied.</summary>
    public bool PassesAnswer(string name) => _answer.Passes(name);

    /// <summary>Whether a trailer of the destination is copied.</summary>
    public bool PassesTrailer(string name) => _trailers.Passes(name);

    /// <summary>The method that is sent for one of a client.</summary>
    public string MethodOf(string method)
    {
        foreach (var (from, to) in _methods)
        {
            method = from.Method.Equals(method, StringComparison.OrdinalIgnoreCase) ? to.Method : method;
        }

        return method;
    }

    /// <summary>The parts of a path that the route has names for.</summary>
    /// <param name="path">A path that the route takes.</param>
    public RouteValueDictionary ValuesOf(ReadOnlySpan<char> path)
    {
        var values = new RouteValueDictionary();
        foreach (var (name, part) in _path.PartsOf(path))
        {
            values[name] = part;
        }

        return values;
    }

    /// <summary>Writes the fields that answers of the proxy itself get as well.</summary>
    public async ValueTask ChangeRefusalAsync(HttpContext context, int status)
    {
        // Some go by it.
        context.Response.StatusCode = status;
        var answer = new ResponseTransformContext { HttpContext = context, HeadersCopied = true };
        foreach (var transform in Answer)
        {
            await transform.ApplyAsync(answer);
        }
    }

    // YARP puts paths together from decoded ones and encodes the result, in which an encoded slash can no longer be told from an encoded percent sign.
    // Here they are encoded from the beginning.
    private static IReadOnlyDictionary<string, string> AsWritten(string name, IReadOnlyDictionary<string, string> transform) => name switch
    {
        TransformTable.PathPrefix or TransformTable.PathRemovePrefix or TransformTable.PathSet => transform.With(name, TargetPath.Encode(transform[name])),
        TransformTable.PathPattern => transform.With(name, EncodePattern(transform[name])),
        _ => transform,
    };

    // All but what stands in braces.
    private static string EncodePattern(ReadOnlySpan<char> pattern)
    {
        var text = new StringBuilder();
        while (!pattern.IsEmpty)
        {
            var open = pattern.IndexOf('{') is >= 0 and var brace ? brace : pattern.Length;
            var close = pattern[open..].IndexOf('}') is >= 0 and var end ? open + end + 1 : pattern.Length;
            text.Append(TargetPath.Encode(pattern[..open])).Append(pattern[open..close]);
            pattern = pattern[close..];
        }

        return text.ToString();
    }

    // Those that are done here.
    private bool Take(string name, string value, IReadOnlyDictionary<string, string> transform)
    {
        switch (name)
        {
            case TransformTable.RequestHeadersCopy:
                _request.All(bool.Parse(value));
                return true;
            case TransformTable.RequestHeadersAllowed:
                _request.Only(value);
                return true;
            case TransformTable.ResponseHeadersCopy:
                _answer.All(bool.Parse(value));
                return true;
            case TransformTable.ResponseHeadersAllowed:
                _answer.Only(value);
                return true;
            case TransformTable.ResponseTrailersCopy:
                _trailers.All(bool.Parse(value));
                return true;
            case TransformTable.ResponseTrailersAllowed:
                _trailers.Only(value);
                return true;
            case TransformTable.RequestHeaderOriginalHost:
                KeepsHost = bool.Parse(value);
                return true;
            case TransformTable.HttpMethodChange:
                _methods.Add((new HttpMethod(value), new HttpMethod(transform[TransformTable.Set])));
                return false;
            case TransformTable.RequestHeader or TransformTable.RequestHeaderRouteValue:
                WritesHost |= value.Equals("Host", StringComparison.OrdinalIgnoreCase);
                PutsPathIntoFields |= name == TransformTable.RequestHeaderRouteValue;
                if (transform.ContainsKey(TransformTable.Append))
                {
                    _appended.Add(value);
                }

                return false;
            case TransformTable.XForwarded or TransformTable.Forwarded:
                WritesForwarded = true;
                return false;
            default:
                ChangesQuery |= name is TransformTable.QueryValueParameter or TransformTable.QueryRouteParameter or TransformTable.QueryRemoveParameter;
                return false;
        }
    }
}
