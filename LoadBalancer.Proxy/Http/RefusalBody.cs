using System.Collections.Frozen;
using System.Text;
using System.Text.Json;

namespace LoadBalancer.Proxy.Http;

/// <summary>The body of a refusal: problem details (RFC 9457). All of it but the names of cluster and request is ready beforehand.</summary>
internal static class RefusalBody
{
    /// <summary>Its media type.</summary>
    public const string MediaType = "application/problem+json";

    private static readonly FrozenDictionary<Refusal, byte[]> Openings =
        Refusal.All.ToFrozenDictionary(refusal => refusal, Open, (IEqualityComparer<Refusal>)ReferenceEqualityComparer.Instance);

    /// <summary>The body.</summary>
    /// <param name="refusal">What is refused, and why.</param>
    /// <param name="cluster">The cluster that was to serve the request, or null.</param>
    /// <param name="requestId">The request's id.</param>
    public static byte[] Of(Refusal refusal, string? cluster, string requestId)
    {
        var text = new RefusalText(refusal, cluster, Encoding.ASCII.GetBytes(requestId));
        return [.. text.Opening, .. text.ClusterKey, .. text.Cluster, .. text.IdKey, .. text.Id, .. RefusalText.Closing];
    }

    /// <summary>The part that is always the same. A refusal with a status of its own, such as 414 of the web server, is not in the table.</summary>
    public static ReadOnlySpan<byte> OpeningOf(Refusal refusal) => Openings.GetValueOrDefault(refusal) ?? Open(refusal);

    private static byte[] Open(Refusal refusal) => Encoding.UTF8.GetBytes(
        $"{{\"type\":\"about:blank\",\"title\":\"{JsonEncodedText.Encode(refusal.Title)}\",\"status\":{refusal.Status},\"detail\":\"{JsonEncodedText.Encode(refusal.Detail)}\"");
}
