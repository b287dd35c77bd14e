using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

public sealed class ConsistentHashPickerTests(ITestOutputHelper output)
{
    [Fact]
    public void The_same_key_gets_the_same_destination()
    {
        var candidates = Candidates.Of(LoadBalancingPolicy.ConsistentHash, 10);

        Assert.All(Enumerable.Range(0, 100).Select(_ => candidates.Key), key => Assert.Equal(candidates.Pick(hash: key), candidates.Pick(hash: key)));
    }

    [Fact]
    public void Different_keys_get_different_destinations()
    {
        var candidates = Candidates.Of(LoadBalancingPolicy.ConsistentHash, 5);

        Assert.Equal(5, Enumerable.Range(0, 100).Select(_ => candidates.Pick(hash: candidates.Key)).Distinct().Count());
    }

    [Fact]
    public void A_request_without_a_key_gets_one_by_lot_and_weight()
    {
        var candidates = new Candidates(LoadBalancingPolicy.ConsistentHash, 5, 3, 1);

        Assert.InRange(candidates.ChiSquare(candidates.Count(100_000)), 0, ChiSquareLimit.For3);
    }

    [Fact]
    public void Further_attempts_with_a_key_go_to_the_same_other_each_time()
    {
        var candidates = Candidates.Of(LoadBalancingPolicy.ConsistentHash, 10);
        var (key, tried) = (candidates.Key, Candidates.Tried(candidates.Pick(hash: 0)));

        Assert.Single(Enumerable.Range(0, 20).Select(_ => candidates.Pick(tried, key)).Distinct());
    }

    [Theory]
    [InlineData(1.25, 1_000, 10)]
    [InlineData(1.25, 10_000, 100)]
    [InlineData(2, 1_000, 10)]
    public void With_bounded_load_the_worst_has_no_more_requests_in_flight_than_the_factor_allows(double factor, int requests, int count)
    {
        var candidates = new Candidates(Options(factor), [.. Enumerable.Repeat(1.0, count)]);

        Load(candidates, requests);

        var worst = candidates.Destinations.Max(destination => destination.Load.InFlight) / ((double)requests / count);
        output.WriteLine($"worst: {worst:0.000} times the mean");
        Assert.InRange(worst, 1, factor);
    }

    [Fact]
    public void Without_a_bound_a_popular_key_has_all_its_requests_on_one()
    {
        var candidates = new Candidates(Options(0), 1, 1, 1, 1);

        for (var request = 0; request < 1_000; request++)
        {
            candidates.Begin(hash: 42);
        }

        Assert.Equal(1_000, candidates.Destinations.Max(destination => destination.Load.InFlight));
    }

    [Fact]
    public void A_popular_key_is_spread_within_the_bound()
    {
        var candidates = new Candidates(Options(1.25), 1, 1, 1, 1);

        for (var request = 0; request < 1_000; request++)
        {
            candidates.Begin(hash: 42);
        }

        Assert.InRange(candidates.Destinations.Max(destination => destination.Load.InFlight), 250, 313);
    }

    [Fact]
    public void The_bound_of_each_is_by_its_weight()
    {
        var candidates = new Candidates(Options(1.25), 8, 1, 1);

        Load(candidates, 1_000);

        Assert.InRange(candidates.Destinations[1].Load.InFlight, 50, 125);
        Assert.InRange(candidates.Destinations[0].Load.InFlight, 750, 1_000);
    }

    [Fact]
    public void A_few_requests_of_one_client_stay_together()
    {
        var candidates = new Candidates(Options(1), [.. Enumerable.Repeat(1.0, 10)]);

        Assert.Single(Enumerable.Range(0, 4).Select(_ => candidates.Begin(hash: 42)).Distinct());
    }

    [Fact]
    public void When_its_load_has_gone_a_key_is_back_where_it_was()
    {
        var candidates = new Candidates(Options(1.25), 1, 1, 1, 1);
        var usual = candidates.Pick(hash: 42);
        var inFlight = Enumerable.Range(0, 1_000).Select(_ => candidates.Begin(hash: 42)).ToArray();
        Assert.NotEqual(usual, inFlight[^1]);

        Array.ForEach(inFlight, index => candidates.End(index));

        Assert.Equal(usual, candidates.Pick(hash: 42));
    }

    private static ClusterOptions Options(double factor) => new() { LoadBalancingPolicy = LoadBalancingPolicy.ConsistentHash, Hash = new() { BalanceFactor = factor } };

    private static void Load(Candidates candidates, int requests)
    {
        for (var request = 0; request < requests; request++)
        {
            candidates.Begin(hash: candidates.Key);
        }
    }
}
