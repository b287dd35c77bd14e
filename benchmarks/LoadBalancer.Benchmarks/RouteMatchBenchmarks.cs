using BenchmarkDotNet.Attributes;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Routing;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Benchmarks;

/// <summary>What it takes to find the route of a request.</summary>
public class RouteMatchBenchmarks
{
    private static readonly Dictionary<string, StringValues> Fields = new(StringComparer.OrdinalIgnoreCase) { ["User-Agent"] = "benchmark", ["X-Canary"] = "yes" };

    private RouteTable _table = null!;
    private string _lastHost = "";
    private string _lastPath = "";

    /// <summary>How many routes the table has; every one has a host and a path of its own.</summary>
    [Params(1, 10, 100)]
    public int Routes { get; set; }

    /// <summary>Makes the table.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var options = new LoadBalancerOptions { Routes = Enumerable.Range(0, Routes).ToDictionary(index => $"r{index:000}", Route) };
        _table = RouteTable.Create(options, Make.Registry(3, "web").Find);
        (_lastHost, _lastPath) = ($"host{Routes - 1:000}.example", $"/area{Routes - 1}/items/42");
    }

    /// <summary>The request is for the route that is tried first.</summary>
    [Benchmark(Baseline = true)]
    public object? First() => Match("host000.example", "/area0/items/42");

    /// <summary>The request is for the route that is tried last.</summary>
    [Benchmark]
    public object? Last() => Match(_lastHost, _lastPath);

    /// <summary>No route matches.</summary>
    [Benchmark]
    public object? None() => Match("elsewhere.example", "/area0/items/42");

    private static RouteOptions Route(int index) => new()
    {
        ClusterId = "web",
        Match = new() { Hosts = [$"host{index:000}.example"], Path = $"/area{index}/{{kind}}/{{**rest}}", Headers = [new() { Name = "X-Canary", Values = ["yes"] }] },
    };

    private Route? Match(string host, string path) =>
        _table.Match(new RouteRequest("GET", host, null, path, Fields, static (fields, name) => ((Dictionary<string, StringValues>)fields).GetValueOrDefault(name)));
}
