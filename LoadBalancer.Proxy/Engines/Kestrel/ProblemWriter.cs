using System.Globalization;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Writes a refusal.</summary>
internal static class ProblemWriter
{
    public static async Task WriteAsync(HttpContext context, Refusal refusal, string? cluster, string requestId)
    {
        var response = context.Response;
        response.StatusCode = refusal.Status;
        response.Headers[RequestId.Header] = requestId;
        response.Headers.Allow = refusal.Allow;
        if (refusal.Closes)
        {
            response.Headers.Connection = "close";
        }

        if (refusal.RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        var body = RefusalBody.Of(refusal, cluster, requestId);
        response.ContentType = RefusalBody.MediaType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
