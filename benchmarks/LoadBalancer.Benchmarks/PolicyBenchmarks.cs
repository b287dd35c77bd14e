using BenchmarkDotNet.Attributes;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Benchmarks;

/// <summary>What it takes to pick a destination by each policy, with weights.</summary>
public class PolicyBenchmarks
{
    private Cluster _cluster = null!;
    private ulong _dice = 0x9E3779B97F4A7C15;

    /// <summary>The policy.</summary>
    [ParamsAllValues]
    public LoadBalancingPolicy Policy { get; set; }

    /// <summary>How many destinations the cluster has.</summary>
    [Params(3, 100)]
    public int Destinations { get; set; }

    /// <summary>Makes the cluster.</summary>
    [GlobalSetup]
    public void Setup() => _cluster = Make.Cluster(Destinations, new ClusterOptions { LoadBalancingPolicy = Policy }, heaviest: 7);

    /// <summary>The pick of a first attempt.</summary>
    [Benchmark]
    public int Pick()
    {
        _dice = unchecked((_dice * 6364136223846793005) + 1442695040888963407);
        return _cluster.Standing.Pick(default, _dice, _dice, 0);
    }
}
