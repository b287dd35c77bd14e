using System.IO.Hashing;
using System.Text;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Routing;

/// <summary>Shares the requests of a route among clusters. It never changes.</summary>
/// <remarks>
/// By weighted rendezvous hashing (Thaler and Ravishankar, 1998): each cluster draws a number from the key and its own name, and the earliest takes the request.
/// So the side depends on nothing but key, names and weights, every proxy agrees, and a cluster whose share grows takes clients over without any other two exchanging some.
/// </remarks>
internal sealed class Split
{
    private readonly Side[] _sides;
    private readonly string? _override;

    /// <param name="options">The shares; must be valid.</param>
    /// <param name="find">Finds a cluster of the same configuration by its name.</param>
    public Split(SplitOptions options, Func<string, Cluster?> find)
    {
        Key = options.Hash;
        _override = options.Override?.Header;
        _sides = [.. options.Clusters.Select(side => new Side(find(side.Key)!, side.Value))];
    }

    /// <summary>What clients are told apart by.</summary>
    public KeyOptions Key { get; }

    /// <summary>The cluster for a request.</summary>
    /// <param name="fields">Its header fields.</param>
    /// <param name="key">The key of its client; null when it has none.</param>
    /// <param name="dice">64 random bits.</param>
    public Cluster Pick(IFields fields, ulong? key, ulong dice)
    {
        if (_override is not null && fields.TryGet(_override, 0, out var wanted))
        {
            foreach (var side in _sides)
            {
                if (wanted.Equals(side.Cluster.Name, StringComparison.OrdinalIgnoreCase))
                {
                    return side.Cluster;
                }
            }
        }

        var (picked, earliest) = (_sides[0].Cluster, double.PositiveInfinity);
        foreach (var side in _sides)
        {
            if (side.DrawOf(key ?? dice) is var draw && draw < earliest)
            {
                (picked, earliest) = (side.Cluster, draw);
            }
        }

        return picked;
    }

    private sealed class Side(Cluster cluster, int weight)
    {
        private const double TwoToMinus53 = 1.0 / (1L << 53);

        // Names do not regard case, and two proxies may spell them in two ways.
        private readonly ulong _salt = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(cluster.Name.ToUpperInvariant()));

        public Cluster Cluster => cluster;

        // Exponentially distributed with the weight as its rate: of several, each is the earliest in proportion to its weight. Infinite without one.
        public double DrawOf(ulong key) => -Math.Log(((Mix(key ^ _salt) >> 11) + 0.5) * TwoToMinus53) / weight;

        // The last step of SplitMix64. The bits of the key are not used as they are: the cluster may hash its destinations by the same key.
        private static ulong Mix(ulong bits)
        {
            bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
            bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
            return bits ^ (bits >> 31);
        }
    }
}
