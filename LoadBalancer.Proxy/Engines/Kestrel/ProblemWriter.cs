using System.Text.Json;
using System.Text.Json.Serialization;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Writes a refusal as problem details (RFC 9457).</summary>
internal static partial class ProblemWriter
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
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(
            new Problem("about:blank", refusal.Title, refusal.Status, refusal.Detail, cluster, requestId), ProblemJson.Default.Problem);
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private sealed record Problem(string Type, string Title, int Status, string Detail, string? Cluster, string RequestId);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Problem))]
    private sealed partial class ProblemJson : JsonSerializerContext;
}
