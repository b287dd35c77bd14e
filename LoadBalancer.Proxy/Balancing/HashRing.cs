using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>
/// A ring of hashes on which each destination has many points, in proportion to its weight. A key belongs to the first point at or after it.
/// When one of k destinations goes, its keys go to the others, and all other keys stay where they were.
/// </summary>
/// <remarks>The points depend on nothing but addresses and weights, so that several proxies have the same ring.</remarks>
internal sealed class HashRing
{
    // With so many points, the shares of destinations differ by some 5 %.
    private const int MostPointsEach = 512;
    private const int LeastPointsEach = 32;

    // A ring of that size is made in some milliseconds.
    private const int MostPoints = 1 << 17;

    private readonly ulong[] _points;
    private readonly int[] _owners;

    /// <param name="members">The candidates.</param>
    /// <param name="weights">Their weights, all above zero.</param>
    public HashRing(ReadOnlySpan<Member> members, ReadOnlySpan<double> weights)
    {
        // In steps, so that one destination more or less hardly ever changes how many points the others have.
        var each = MostPointsEach;
        while (each > LeastPointsEach && each * members.Length > MostPoints)
        {
            each /= 2;
        }

        var heaviest = 0.0;
        foreach (var weight in weights)
        {
            heaviest = Math.Max(heaviest, weight);
        }

        var (points, owners) = (new List<ulong>(each * members.Length), new List<int>(each * members.Length));
        Span<byte> number = stackalloc byte[sizeof(int)];
        for (var i = 0; i < members.Length; i++)
        {
            var seed = (long)XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(members[i].Destination.AddressPrefix));

            // The heaviest has them all, so that a weight that changes moves keys only from or to its own destination, unless that is the heaviest.
            var count = Math.Max(1, (int)Math.Round(each * weights[i] / heaviest));
            for (var point = 0; point < count; point++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(number, point);
                points.Add(XxHash64.HashToUInt64(number, seed));
                owners.Add(i);
            }
        }

        (_points, _owners) = ([.. points], [.. owners]);
        Array.Sort(_points, _owners);
    }

    /// <summary>How many points there are.</summary>
    public int Count => _points.Length;

    /// <summary>The first point at or after a key, going round.</summary>
    public int Find(ulong key)
    {
        var index = Array.BinarySearch(_points, key);
        index = index < 0 ? ~index : index;
        return index == _points.Length ? 0 : index;
    }

    /// <summary>Whose point it is; counted on from the last point to the first.</summary>
    public int OwnerOf(int point) => _owners[point < _owners.Length ? point : point - _owners.Length];
}
