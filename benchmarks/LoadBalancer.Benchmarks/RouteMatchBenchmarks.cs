using BenchmarkDotNet.Attributes;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Benchmarks;

/// <summary>What it takes to find the route of a request: hardly more among a thousand routes than among ten, and no memory.</summary>
public class RouteMatchBenchmarks
{
    private readonly Fields _fields = new();
    private RouteTable _table = null!;
    private string _host = "";
    private string _path = "";
    private string _pathWithField = "";

    /// <summary>How many routes the table has: of five, three go by their hosts, one by its path, and one by its path and a header field.</summary>
    [Params(10, 100, 1_000)]
    public int Routes { get; set; }

    /// <summary>Makes the table. The requests are for the routes at its end.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var options = new LoadBalancerOptions { Routes = Enumerable.Range(0, Routes).ToDictionary(index => $"r{index:0000}", Route) };
        _table = RouteTable.Create(options, Make.Registry(3, "web").Find);
        _host = $"host{Routes - 3:0000}.example";
        _path = $"/area{Routes - 2:0000}/items/42";
        _pathWithField = $"/area{Routes - 1:0000}/items/42";
    }

    /// <summary>The host has a route of its own.</summary>
    [Benchmark(Baseline = true)]
    public object? Host() => Match(_host, "/any/path");

    /// <summary>A route takes what is under the path.</summary>
    [Benchmark]
    public object? Path() => Match("www.example.com", _path);

    /// <summary>A route takes what is under the path and has a field with one of two values, which comes in two lines.</summary>
    [Benchmark]
    public object? Field() => Match("www.example.com", _pathWithField);

    /// <summary>No route matches.</summary>
    [Benchmark]
    public object? None() => Match("www.example.com", "/elsewhere/items/42");

    private static RouteOptions Route(int index) => new() { ClusterId = "web", Match = MatchOf(index) };

    private static RouteMatchOptions MatchOf(int index) => (index % 5) switch
    {
        0 => new() { Hosts = [$"*.host{index:0000}.example"] },
        3 => new() { Path = $"/area{index:0000}/{{kind}}/{{**rest}}" },
        4 => new() { Path = $"/area{index:0000}/{{**rest}}", Headers = [new() { Name = "X-Canary", Values = ["yes", "maybe"] }] },
        _ => new() { Hosts = [$"host{index:0000}.example"] },
    };

    private Route? Match(string host, string path) => _table.Match(new RequestFacts("GET", host, path, _fields));

    private sealed class Fields : IFields
    {
        private readonly string[] _canary = ["no", "maybe"];

        public bool TryGet(string name, int line, out ReadOnlySpan<char> value)
        {
            var isThere = name.Equals("x-canary", StringComparison.OrdinalIgnoreCase) && line < _canary.Length;
            value = isThere ? _canary[line] : default;
            return isThere;
        }
    }
}
