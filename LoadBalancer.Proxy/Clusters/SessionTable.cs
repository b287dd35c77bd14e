using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>
/// The ids by which clients name the destination of their session: of each member its cluster and address, authenticated with a key (HMAC-SHA256, RFC 2104).
/// So nobody can make one up, none tells anything of what it stands for, and every proxy with the same key has the same.
/// </summary>
internal sealed class SessionTable
{
    private const int IdLength = 16;
    private const string DefaultHeader = "X-Session-Affinity";

    private readonly FrozenDictionary<UInt128, Destination> _destinations;
    private readonly FrozenDictionary<Destination, string> _ids;

    /// <param name="cluster">The cluster's name.</param>
    /// <param name="options">What its sessions are like.</param>
    /// <param name="members">Its members.</param>
    /// <param name="secret">The key where the options have none.</param>
    public SessionTable(string cluster, SessionAffinityOptions options, ReadOnlySpan<Member> members, byte[] secret)
    {
        Options = options;
        Name = options.AffinityKeyName ?? (options.Policy == SessionAffinityPolicy.CustomHeader ? DefaultHeader : CookieOf(cluster));
        var keys = options.Keys.Count > 0 ? [.. options.Keys.Select(Encoding.UTF8.GetBytes)] : new[] { secret };
        var destinations = new Dictionary<UInt128, Destination>();
        var ids = new Dictionary<Destination, string>();
        foreach (var member in members)
        {
            foreach (var key in keys)
            {
                var id = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{cluster.ToLowerInvariant()}\0{member.Destination.AddressPrefix}")).AsSpan(0, IdLength);
                destinations.TryAdd(BinaryPrimitives.ReadUInt128BigEndian(id), member.Destination);
                ids.TryAdd(member.Destination, Base64Url.EncodeToString(id));
            }
        }

        _destinations = destinations.ToFrozenDictionary();
        _ids = ids.ToFrozenDictionary();
    }

    /// <summary>What the sessions are like.</summary>
    public SessionAffinityOptions Options { get; }

    /// <summary>The name of the cookie or header.</summary>
    public string Name { get; }

    /// <summary>The destination that an id stands for; null when there is none, or the id is made up.</summary>
    public Destination? Find(ReadOnlySpan<char> id)
    {
        Span<byte> bytes = stackalloc byte[IdLength];
        return id.Length == Base64Url.GetEncodedLength(IdLength)
            && Base64Url.DecodeFromChars(id, bytes, out _, out var length) == OperationStatus.Done
            && length == IdLength
                ? _destinations.GetValueOrDefault(BinaryPrimitives.ReadUInt128BigEndian(bytes))
                : null;
    }

    /// <summary>The id of a destination of the cluster.</summary>
    public string IdOf(Destination destination) => _ids[destination];

    // Names of clusters are free, and those of cookies are not.
    private static string CookieOf(string cluster) =>
        $"lb-{(MessageSyntax.IsToken(cluster) ? cluster : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(cluster)).AsSpan(0, sizeof(uint))))}";
}
