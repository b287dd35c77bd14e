using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.UnitTests.Routing;

public sealed class SplitTests
{
    private const int Keys = 100_000;
    private readonly ClusterRegistry _registry = Make.Registry(Make.Cluster("stable", new()), Make.Cluster("canary", new()), Make.Cluster("third", new()));

    [Theory]
    [InlineData("stable=95 canary=5")]
    [InlineData("stable=1 canary=1")]
    [InlineData("stable=9999 canary=1")]
    [InlineData("stable=2 canary=1 third=7")]
    public void Clients_are_shared_by_weight(string weights)
    {
        var sides = SidesOf(weights);
        var total = Weights(weights).Values.Sum();

        Assert.All(Weights(weights), side => Assert.Equal(100.0 * side.Value / total, 100.0 * sides.Count(name => name == side.Key) / Keys, tolerance: 1.0));
    }

    [Fact]
    public void Requests_without_a_key_are_shared_by_lot()
    {
        var split = Split("stable=95 canary=5");
        var random = new Random(1);

        var canary = Enumerable.Range(0, Keys).Count(_ => split.Pick(new Ask(), null, (ulong)random.NextInt64() << 1).Name == "canary");

        Assert.Equal(5.0, 100.0 * canary / Keys, tolerance: 1.0);
    }

    [Theory]
    [InlineData("stable=95 canary=5", "stable=90 canary=10")]
    [InlineData("stable=95 canary=5", "stable=95 canary=6")]
    [InlineData("stable=50 canary=5 third=45", "stable=50 canary=25 third=45")]
    [InlineData("stable=100 canary=0", "stable=95 canary=5")]
    [InlineData("stable=95", "stable=95 canary=5")]
    public void A_canary_that_grows_takes_clients_over_and_nobody_else_moves(string before, string after)
    {
        var moves = SidesOf(before).Zip(SidesOf(after)).Where(move => move.First != move.Second).ToArray();

        Assert.NotEmpty(moves);
        Assert.All(moves, move => Assert.Equal("canary", move.Second));
    }

    [Fact]
    public void The_side_depends_on_neither_the_order_of_the_clusters_nor_the_case_of_their_names()
    {
        var other = Make.Registry(Make.Cluster("CANARY", new()), Make.Cluster("Stable", new()));

        Assert.Equal(SidesOf("stable=60 canary=40"), SidesOf("canary=40 stable=60", other).Select(name => name.ToLowerInvariant()));
    }

    // Fixed: another value would move the clients of everyone who updates the proxy.
    [Theory]
    [InlineData("192.0.2.1", "stable")]
    [InlineData("192.0.2.2", "canary")]
    public void The_side_of_a_client_is_the_same_in_every_version(string client, string side) =>
        Assert.Equal(side, Split("stable=50 canary=50").Pick(new Ask(), HashKeys.OfText(client), 0).Name);

    [Fact]
    public void The_keys_of_one_side_are_spread_over_all_values()
    {
        var canary = KeysOf().Where(key => Split("stable=90 canary=10").Pick(new Ask(), key, 0).Name == "canary").ToArray();

        // What hashes its destinations by the same keys still shares them evenly: each quarter of the ring has a quarter of them.
        Assert.All(Enumerable.Range(0, 4), quarter => Assert.Equal(25.0, 100.0 * canary.Count(key => key >> 62 == (ulong)quarter) / canary.Length, tolerance: 2.0));
    }

    [Theory]
    [InlineData("canary", "canary")]
    [InlineData("CANARY", "canary")]
    [InlineData("third", "third")]
    [InlineData("elsewhere", "stable")]
    [InlineData("", "stable")]
    [InlineData(null, "stable")]
    public void A_request_may_ask_for_a_cluster_of_the_split(string? wanted, string side) =>
        Assert.Equal(side, Split("stable=100 canary=0 third=0", _registry, "X-Cluster").Pick(new Ask { Headers = { ["x-cluster"] = new StringValues(wanted) } }, 42, 0).Name);

    [Fact]
    public void Without_an_override_the_header_says_nothing() =>
        Assert.Equal("stable", Split("stable=100 canary=0").Pick(new Ask { Headers = { ["X-Cluster"] = "canary" } }, 42, 0).Name);

    [Fact]
    public void Weight_0_gets_nobody() => Assert.DoesNotContain("canary", SidesOf("stable=1 canary=0"));

    [Fact]
    public void A_pick_takes_no_memory()
    {
        var (split, ask) = (Split("stable=95 canary=5", _registry, "X-Cluster"), new Ask());

        Assert.Equal(0, Allocated.By(1_000, () => split.Pick(ask, 42, 0)));
    }

    private static IEnumerable<ulong> KeysOf() => Enumerable.Range(0, Keys).Select(number => HashKeys.OfAddress(BitConverter.GetBytes(number))!.Value);

    private string[] SidesOf(string weights, ClusterRegistry? registry = null)
    {
        var (split, ask) = (Split(weights, registry), new Ask());
        return KeysOf().Select(key => split.Pick(ask, key, 0).Name).ToArray();
    }

    private static Dictionary<string, int> Weights(string weights) => weights.Split(' ').Select(side => side.Split('=')).ToDictionary(side => side[0], side => int.Parse(side[1], null));

    private Split Split(string weights, ClusterRegistry? registry = null, string? header = null) => new(
        new SplitOptions { Clusters = Weights(weights), Override = header is null ? null : new() { Header = header } }, (registry ?? _registry).Find);
}
