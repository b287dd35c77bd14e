using BenchmarkDotNet.Attributes;
using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Benchmarks;

/// <summary>What it takes to pick a destination and to take up an attempt on it.</summary>
public class PickBenchmarks
{
    private Cluster _cluster = null!;
    private Destination[] _tried = null!;

    /// <summary>How many destinations the cluster has.</summary>
    [Params(3, 100)]
    public int Destinations { get; set; }

    /// <summary>Makes the cluster.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _cluster = Make.Cluster(Destinations);
        _tried = [_cluster.Current.All[0]];
    }

    /// <summary>The pick of a first attempt.</summary>
    [Benchmark(Baseline = true)]
    public object? First() => _cluster.Current.Pick();

    /// <summary>The pick of a second attempt, after the first took no request.</summary>
    [Benchmark]
    public object? Again() => _cluster.Current.PickAgain(_tried, _tried);

    /// <summary>The pick of a first attempt, and the attempt's begin and end on the destination.</summary>
    [Benchmark]
    public bool FirstBeginEnd()
    {
        var destination = _cluster.Current.Pick()!;
        if (!destination.TryBegin())
        {
            return false;
        }

        destination.End();
        return true;
    }
}
