using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Writes the answer of a route.</summary>
internal static class FixedAnswerWriter
{
    /// <returns>How many bytes its body has.</returns>
    public static async Task<int> WriteAsync(HttpContext context, FixedAnswer answer, string requestId)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.Headers[RequestId.Header] = requestId;
        foreach (var (name, value) in answer.Fields)
        {
            response.Headers[name] = value;
        }

        if (answer.HasLength)
        {
            response.ContentLength = answer.Body.Length;
        }

        if (HttpMethods.IsHead(context.Request.Method) || answer.Body.IsEmpty)
        {
            return 0;
        }

        await response.Body.WriteAsync(answer.Body, context.RequestAborted);
        return answer.Body.Length;
    }
}
