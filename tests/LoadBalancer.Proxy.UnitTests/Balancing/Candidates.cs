using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

/// <summary>Destinations with weights and the picker of a policy over them, with dice that fall alike in every run. They are named a, b, c and so on, or d0, d1 where they are many.</summary>
internal sealed class Candidates
{
    private readonly Random _random;
    private readonly double[] _weights;

    public Candidates(LoadBalancingPolicy policy, params double[] weights) : this(new ClusterOptions { LoadBalancingPolicy = policy }, weights)
    {
    }

    public Candidates(ClusterOptions options, params double[] weights)
        : this(options, weights, [.. weights.Select((_, i) => Make.Member(weights.Length <= 26 ? $"{(char)('a' + i)}" : $"d{i}"))])
    {
    }

    public Candidates(ClusterOptions options, double[] weights, Member[] members, int seed = 1)
    {
        (_weights, Members, _random) = (weights, members, new Random(seed));
        Destinations = Array.ConvertAll(members, member => member.Destination);
        Picker = Pickers.Create(new PickerPlan(options, members, weights), null);
    }

    /// <summary>So many of the same weight.</summary>
    public static Candidates Of(LoadBalancingPolicy policy, int count) => new(policy, [.. Enumerable.Repeat(1.0, count)]);

    public Member[] Members { get; }

    public Destination[] Destinations { get; }

    public Picker Picker { get; }

    private ulong Dice => ((ulong)_random.NextInt64() << 1) | (uint)_random.Next(2);

    /// <summary>A random key.</summary>
    public ulong Key => Dice;

    public int Pick(Tried tried = default, ulong? hash = null, long now = 0) => Picker.Pick(new PickContext(Destinations, tried, hash, Dice, now));

    /// <summary>Picks and takes up an attempt.</summary>
    public int Begin(Tried tried = default, ulong? hash = null, long now = 0)
    {
        var index = Pick(tried, hash, now);
        Assert.Equal(Admission.Admitted, Destinations[index].TryBegin());
        return index;
    }

    /// <summary>Has so many attempts under way on each.</summary>
    public Candidates WithInFlight(params int[] inFlight)
    {
        for (var i = 0; i < inFlight.Length; i++)
        {
            for (var n = 0; n < inFlight[i]; n++)
            {
                Destinations[i].TryBegin();
            }
        }

        return this;
    }

    public void End(int index, long now = 0, long? toHead = 1, Outcome outcome = Outcome.Success, int status = 200) =>
        Destinations[index].End(new AttemptResult(outcome, status, RequestHeadSent: true, AnswerComplete: true, toHead), now);

    /// <summary>How often each is picked.</summary>
    public int[] Count(int picks, Tried tried = default)
    {
        var counts = new int[Destinations.Length];
        for (var i = 0; i < picks; i++)
        {
            counts[Pick(tried)]++;
        }

        return counts;
    }

    /// <summary>The names of those that are picked one after the other.</summary>
    public string Names(int picks) => string.Concat(Enumerable.Range(0, picks).Select(_ => Members[Pick()].Name));

    /// <summary>How far counts are from the weights: the chi-square statistic.</summary>
    public double ChiSquare(int[] counts)
    {
        var (picks, weight) = (counts.Sum(), _weights.Sum());
        return counts.Select((count, i) => (Count: count, Expected: picks * _weights[i] / weight)).Sum(pair => Math.Pow(pair.Count - pair.Expected, 2) / pair.Expected);
    }

    public static Tried Tried(params int[] indices)
    {
        Tried tried = default;
        foreach (var index in indices)
        {
            tried.Add(index);
        }

        return tried;
    }
}

/// <summary>What chi-square stays under, but for one run in a thousand, when counts are by the weights.</summary>
internal static class ChiSquareLimit
{
    public const double For2 = 10.83;
    public const double For3 = 13.82;
    public const double For10 = 27.88;
}
