using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>What the forwarder asks where a route has transforms: they run between what goes on of a message and what the proxy writes itself, which has the last word.</summary>
/// <param name="exchange">The request.</param>
/// <param name="transforms">The transforms of its route.</param>
/// <param name="trusted">The proxies whose word on where it came from is passed on.</param>
/// <param name="stopping">Is cancelled when the proxy begins to stop.</param>
internal sealed class RouteTransformer(Exchange exchange, RouteTransforms transforms, TrustedProxies trusted, CancellationToken stopping)
    : Transformer(exchange, trusted, stopping)
{
    private readonly Exchange _exchange = exchange;
    private readonly TrustedProxies _trusted = trusted;

    /// <inheritdoc />
    public override async ValueTask TransformRequestAsync(HttpContext context, HttpRequestMessage message, string destinationPrefix, CancellationToken cancellationToken)
    {
        // :: Step 1: What the client sent.
        var fields = RequestFields.Pass(context.Request, message, transforms.PassesRequest);
        if (transforms.WritesForwarded)
        {
            RequestFields.PassForwarded(context, message, _trusted);
        }

        // :: Step 2: The transforms. Fields of a content that is not there have to be somewhere meanwhile.
        var body = message.Content;
        message.Content ??= fields;
        var target = RequestTarget.OriginForm(context);
        var changed = new RequestTransformContext
        {
            HttpContext = context,
            ProxyRequest = message,
            HeadersCopied = true,
            Path = new PathString(TargetPath.Canonical(PathOf(target))),
            Query = new QueryTransformContext(context.Request),
            DestinationPrefix = destinationPrefix,
            CancellationToken = cancellationToken,
        };
        await RunAsync(changed, target);
        if (body is null)
        {
            _exchange.ContentFields = FieldsOf(message.Content);
            message.Content = null;
        }

        // :: Step 3: What the proxy says itself.
        RequestFields.WriteOwn(context, message, _exchange.RequestId);
        if (!transforms.WritesForwarded)
        {
            RequestFields.WriteForwarded(context, message, _trusted);
        }

        _exchange.FixedHost = HostOf(context.Request, message);
        _exchange.Target = TargetOf(changed, target);
        message.RequestUri = Placeholder;
    }

    /// <inheritdoc />
    public override async ValueTask<bool> TransformResponseAsync(HttpContext context, HttpResponseMessage? message, CancellationToken cancellationToken)
    {
        if (message is null || ReferenceEquals(message, Exchange.Refused))
        {
            return false;
        }

        Pass(context, message, transforms.PassesAnswer);
        if (HttpMethods.IsHead(_exchange.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            // The length of what does not come.
            context.Response.ContentLength = null;
        }

        var answer = new ResponseTransformContext { HttpContext = context, ProxyResponse = message, HeadersCopied = true, CancellationToken = cancellationToken };
        foreach (var transform in transforms.Answer)
        {
            await transform.ApplyAsync(answer);
        }

        Finish(context, message);
        return true;
    }

    /// <inheritdoc />
    public override async ValueTask TransformResponseTrailersAsync(HttpContext context, HttpResponseMessage message, CancellationToken cancellationToken)
    {
        if (!_exchange.IsBroken)
        {
            await ChangeTrailersAsync(context, message, cancellationToken);
        }

        await base.TransformResponseTrailersAsync(context, message, cancellationToken);
    }

    // Parts of the path stand in a path as they are written, and everywhere else as they are meant.
    private async ValueTask RunAsync(RequestTransformContext changed, string target)
    {
        var request = changed.HttpContext.Request;
        var (written, meant) = (transforms.ValuesOf(changed.Path.Value!), transforms.ValuesOf(TargetPath.Of(target, [])));
        if (transforms.PutsPathIntoFields && meant.Values.Any(value => value is string text && !IsFieldValue(text)))
        {
            throw Unfit();
        }

        foreach (var transform in transforms.Request)
        {
            request.RouteValues = transform is PathRouteValuesTransform ? written : meant;
            await transform.ApplyAsync(changed);
        }
    }

    private async ValueTask ChangeTrailersAsync(HttpContext context, HttpResponseMessage message, CancellationToken cancellationToken)
    {
        // The web server has no place for trailers over HTTP/1.1, and YARP's transforms look for one.
        var feature = context.Features.Get<IHttpResponseTrailersFeature>();
        var trailers = new Trailers();
        foreach (var (name, values) in message.TrailingHeaders.NonValidated)
        {
            if (transforms.PassesTrailer(name))
            {
                trailers.Fields[name] = values.ToArray();
            }
        }

        context.Features.Set<IHttpResponseTrailersFeature>(trailers);
        var changed = new ResponseTrailersTransformContext { HttpContext = context, ProxyResponse = message, HeadersCopied = true, CancellationToken = cancellationToken };
        foreach (var transform in transforms.Trailers)
        {
            await transform.ApplyAsync(changed);
        }

        context.Features.Set(feature);
        message.TrailingHeaders.Clear();
        foreach (var (name, values) in trailers.Fields)
        {
            message.TrailingHeaders.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    private string? HostOf(HttpRequest request, HttpRequestMessage message)
    {
        if (transforms.WritesHost && message.Headers.NonValidated.TryGetValues(HeaderNames.Host, out var written))
        {
            return MessageSyntax.IsHost(written.ToString()) ? written.ToString() : throw Unfit();
        }

        return transforms.KeepsHost switch
        {
            null => null,
            true => request.Headers.Host.ToString(),
            false => "",
        };
    }

    private string TargetOf(RequestTransformContext changed, string target)
    {
        var path = transforms.ChangesPath ? changed.Path.HasValue ? changed.Path.Value : "/" : PathOf(target).ToString();
        var query = transforms.ChangesQuery ? changed.Query.QueryString.Value : target[PathOf(target).Length..];
        var sent = $"{path}{query}";

        // The HTTP client writes it as it is.
        return sent.StartsWith('/') && MessageSyntax.IsTarget(sent) ? sent : throw Unfit();
    }

    private InvalidOperationException Unfit()
    {
        // The forwarder makes no request of it then, and the exchange has what the client is told.
        _exchange.Refuse(Refusal.UnfitPath, RequestOutcome.BadRequest);
        return new InvalidOperationException(Refusal.UnfitPath.Detail);
    }

    private static ReadOnlySpan<char> PathOf(string target) => target.IndexOf('?') is >= 0 and var mark ? target.AsSpan(0, mark) : target;

    private static bool IsFieldValue(string text) => MessageSyntax.IsFieldValue(text) && !text.AsSpan().ContainsAnyExceptInRange('\0', '\xff');

    private static EmptyContent? FieldsOf(HttpContent? content)
    {
        if (content is null or EmptyContent)
        {
            return (EmptyContent?)content;
        }

        var fields = new EmptyContent();
        fields.TakeFieldsOf(content);
        return fields;
    }

    private sealed class Trailers : IHttpResponseTrailersFeature
    {
        public IHeaderDictionary Fields { get; set; } = new HeaderDictionary();

        IHeaderDictionary IHttpResponseTrailersFeature.Trailers
        {
            get => Fields;
            set => Fields = value;
        }
    }
}
