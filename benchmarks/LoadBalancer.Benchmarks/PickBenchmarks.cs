using BenchmarkDotNet.Attributes;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Benchmarks;

/// <summary>What it takes to pick a destination and to take up an attempt on it.</summary>
public class PickBenchmarks
{
    private const ulong Dice = 0x9E3779B97F4A7C15;

    private Cluster _cluster = null!;
    private Tried _one;

    /// <summary>How many destinations the cluster has.</summary>
    [Params(3, 100)]
    public int Destinations { get; set; }

    /// <summary>Makes the cluster.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _cluster = Make.Cluster(Destinations);
        _one.Add(0);
    }

    /// <summary>The pick of a first attempt.</summary>
    [Benchmark(Baseline = true)]
    public int First() => _cluster.Standing.Pick(default, null, Dice, 0);

    /// <summary>The pick of a second attempt.</summary>
    [Benchmark]
    public int Again() => _cluster.Standing.Pick(_one, null, Dice, 0);

    /// <summary>The pick of a first attempt, and the attempt's begin and end on the destination.</summary>
    [Benchmark]
    public bool FirstBeginEnd()
    {
        var standing = _cluster.Standing;
        var destination = standing.Available[standing.Pick(default, null, Dice, 0)].Destination;
        if (destination.TryBegin(DestinationFlags.None, out _) != Admission.Admitted)
        {
            return false;
        }

        destination.End(new AttemptResult(Outcome.Success, 200, RequestHeadSent: true, AnswerComplete: true, ToHead: 10_000), now: 0);
        return true;
    }
}
