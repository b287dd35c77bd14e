using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Finds the requests that this proxy answers itself whatever the routes say.</summary>
internal static class RequestScreen
{
    // Where the web server puts the Content-Length of a request that also has a Transfer-Encoding.
    private const string MovedContentLength = "X-Content-Length";

    /// <summary>Whether the request ends here; the exchange then has the refusal, or the answer is complete without one.</summary>
    public static bool Answer(HttpContext context, Exchange exchange)
    {
        var request = context.Request;
        if (CheckSyntax(context) is { } fault)
        {
            exchange.Refuse(fault, RequestOutcome.Refused);
            return true;
        }

        if (!OwnAnswer.IsDue(exchange.AskedMethod, RequestTarget.Of(context), request.Headers.Via.ToString(), request.Headers.MaxForwards.ToString(), out var refusal))
        {
            return false;
        }

        if (refusal is null)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            context.Response.Headers.Allow = Refusal.PassedMethods;
            context.Response.Headers[RequestId.Header] = exchange.RequestId;
        }

        exchange.Refuse(refusal, RequestOutcome.Refused);
        return true;
    }

    // The web server lets through some requests that another recipient could read differently. Those end here.
    private static Refusal? CheckSyntax(HttpContext context)
    {
        var request = context.Request;
        if (!MessageSyntax.IsTarget(RequestTarget.Of(context)))
        {
            return Refusal.Malformed;
        }

        foreach (var (name, values) in request.Headers)
        {
            if (!MessageSyntax.IsToken(name) && !name.StartsWith(':'))
            {
                return Refusal.Malformed;
            }

            foreach (var value in values)
            {
                if (!MessageSyntax.IsFieldValue(value))
                {
                    return Refusal.Malformed;
                }
            }
        }

        var isHttp10 = request.Protocol == HttpProtocol.Http10;
        if (request.Host is { HasValue: true } host ? !MessageSyntax.IsHost(host.Value) : !isHttp10)
        {
            return Refusal.Malformed;
        }

        var codings = request.Headers.TransferEncoding;
        if (codings.Count == 0)
        {
            return null;
        }

        // HTTP/1.0 knows no transfer codings, and a length beside one is how requests are smuggled (RFC 9112, 6.1 and 11.2).
        return isHttp10 || request.Headers.ContainsKey(MovedContentLength) ? Refusal.Malformed : FieldValues.CheckFraming(codings.ToString());
    }
}
