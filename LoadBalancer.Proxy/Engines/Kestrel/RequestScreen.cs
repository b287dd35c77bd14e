using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Finds the requests that this proxy answers itself whatever the routes say.</summary>
internal static class RequestScreen
{
    /// <summary>Whether the request ends here; the exchange then has the refusal, or the answer is complete without one.</summary>
    public static bool Answer(HttpContext context, Exchange exchange)
    {
        var request = context.Request;
        if (HttpMethods.IsTrace(request.Method) || HttpMethods.IsConnect(request.Method))
        {
            // TRACE would show a client what proxies add to its request; CONNECT would make a tunnel to anywhere.
            exchange.Refusal = Refusal.MethodNotAllowed;
            return true;
        }

        if (Via.IsLoop(request.Headers.Via.ToString()))
        {
            exchange.Refusal = Refusal.Loop;
            return true;
        }

        // "OPTIONS *" asks about the server as a whole (RFC 9110, 9.3.7), and to the client that is this one. The platform's HTTP client could not send it on.
        if (HttpMethods.IsOptions(request.Method)
            && (MaxForwards.IsExhausted(request.Headers[MaxForwards.Header].ToString()) || context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget == "*"))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            context.Response.Headers.Allow = Refusal.PassedMethods;
            context.Response.Headers[RequestId.Header] = exchange.RequestId;
            return true;
        }

        return false;
    }
}
