using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LoadBalancer.Proxy.Http;

/// <summary>The body of a refusal in its parts, as <see cref="RefusalBody"/> puts them together: none is made anew where names and ids are plain.</summary>
internal readonly ref struct RefusalText
{
    private static readonly SearchValues<byte> PlainBytes = SearchValues.Create("-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <param name="refusal">What is refused, and why.</param>
    /// <param name="cluster">The cluster that was to serve the request, or null.</param>
    /// <param name="id">The request's id.</param>
    public RefusalText(Refusal refusal, string? cluster, ReadOnlySpan<byte> id)
    {
        Opening = RefusalBody.OpeningOf(refusal);
        Cluster = cluster is null ? default : JsonEncodedText.Encode(cluster).EncodedUtf8Bytes;
        ClusterKey = cluster is null ? default : ",\"cluster\":\""u8;
        IdKey = cluster is null ? ",\"requestId\":\""u8 : "\",\"requestId\":\""u8;
        Id = id.ContainsAnyExcept(PlainBytes) ? JsonEncodedText.Encode(Encoding.ASCII.GetString(id)).EncodedUtf8Bytes : id;
    }

    public ReadOnlySpan<byte> Opening { get; }

    public ReadOnlySpan<byte> ClusterKey { get; }

    public ReadOnlySpan<byte> Cluster { get; }

    public ReadOnlySpan<byte> IdKey { get; }

    public ReadOnlySpan<byte> Id { get; }

    public static ReadOnlySpan<byte> Closing => "\"}"u8;

    /// <summary>How long they are together.</summary>
    public int Length => Opening.Length + ClusterKey.Length + Cluster.Length + IdKey.Length + Id.Length + Closing.Length;
}
