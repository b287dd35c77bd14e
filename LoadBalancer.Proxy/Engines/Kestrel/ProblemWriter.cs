using System.Globalization;
using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Writes a refusal.</summary>
internal static class ProblemWriter
{
    /// <returns>How many bytes its body has.</returns>
    public static async Task<int> WriteAsync(HttpContext context, Refusal refusal, string? cluster, string requestId)
    {
        var response = context.Response;
        response.Headers[RequestId.Header] = requestId;
        if (GrpcStatus.IsCall(context.Request.ContentType) && context.Features.Get<IHttpResponseTrailersFeature>() is not null)
        {
            // Over HTTP/1.1 there are no trailers to tell it in, and no clients of gRPC.
            WriteStatus(response, refusal);
            return 0;
        }

        response.StatusCode = refusal.Status;
        response.Headers.Allow = refusal.Allow;
        response.Headers.WWWAuthenticate = refusal.Challenge;
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
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return 0;
        }

        await response.Body.WriteAsync(body, context.RequestAborted);
        return body.Length;
    }

    // Without a body, the head is all there is of the answer, trailers included.
    private static void WriteStatus(HttpResponse response, Refusal refusal)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = GrpcStatus.MediaType;
        response.Headers[GrpcStatus.Header] = GrpcStatus.Of(refusal.Status).ToString(CultureInfo.InvariantCulture);
        response.Headers[GrpcStatus.MessageHeader] = refusal.Detail;
    }
}
