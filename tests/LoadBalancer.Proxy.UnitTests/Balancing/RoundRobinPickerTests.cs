using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

public sealed class RoundRobinPickerTests
{
    [Fact]
    public void One_after_the_other_from_the_first() => Assert.Equal("abcabca", Candidates.Of(LoadBalancingPolicy.RoundRobin, 3).Names(7));

    [Fact]
    public void One_candidate_is_picked_always() => Assert.Equal("aaa", Candidates.Of(LoadBalancingPolicy.RoundRobin, 1).Names(3));

    [Theory]
    [InlineData(LoadBalancingPolicy.RoundRobin)]
    [InlineData(LoadBalancingPolicy.WeightedRoundRobin)]
    public void Both_names_go_by_the_weights(LoadBalancingPolicy policy) => Assert.Equal("aabacaaaabacaa", new Candidates(policy, 5, 1, 1).Names(14));

    [Theory]
    [InlineData("1 1")]
    [InlineData("1 1 1")]
    [InlineData("1 1 1 1 1 1 1")]
    [InlineData("5 3 1")]
    [InlineData("5 1 1")]
    public void Picks_are_exact_with_64_threads(string text)
    {
        const int rounds = 64_000;
        var weights = text.Split(' ').Select(weight => (double)(weight[0] - '0')).ToArray();
        var candidates = new Candidates(LoadBalancingPolicy.RoundRobin, weights);
        var (picks, counts) = (rounds * (int)weights.Sum(), new int[weights.Length]);
        using var start = new Barrier(64);
        var threads = Enumerable.Range(0, 64).Select(thread => new Thread(() =>
        {
            start.SignalAndWait();
            for (var i = thread; i < picks; i += 64)
            {
                Interlocked.Increment(ref counts[candidates.Picker.Pick(new PickContext(candidates.Destinations, default, null, 0, 0))]);
            }
        })).ToArray();

        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Equal(weights.Select(weight => rounds * (int)weight), counts);
    }

    [Fact]
    public void It_goes_on_when_the_counter_wraps_around()
    {
        var picker = RoundRobinPicker.Create([1, 1, 1, 1], turnsTaken: long.MaxValue - 1);
        var candidates = Make.Destinations("a", "b", "c", "d");

        Assert.Equal("cdabcd", string.Concat(Enumerable.Range(0, 6).Select(_ => candidates[picker.Pick(new PickContext(candidates, default, null, 0, 0))].Address.Host)));
    }

    [Fact]
    public void The_turns_go_on_where_the_picker_before_was()
    {
        var candidates = Make.Destinations("a", "b", "c");
        var before = RoundRobinPicker.Create([1, 1, 1]);
        before.Pick(new PickContext(candidates, default, null, 0, 0));

        var after = RoundRobinPicker.Create([1, 1, 1], before);
        var picks = new[] { after, before, after }.Select(picker => picker.Pick(new PickContext(candidates, default, null, 0, 0)));

        Assert.Equal([1, 2, 0], picks);
    }

    // If further attempts took turns of the first ones, the neighbour of a failed destination would get less and those behind it more.
    [Theory]
    [InlineData(3, "0")]
    [InlineData(4, "0")]
    [InlineData(5, "2")]
    [InlineData(10, "9")]
    [InlineData(4, "0 1")]
    [InlineData(4, "0 2")]
    [InlineData(6, "0 3")]
    [InlineData(10, "0 1 2 3")]
    public void What_failed_destinations_leave_is_spread_evenly_over_all_the_others(int count, string failed)
    {
        const int requests = 12_000;
        var candidates = Candidates.Of(LoadBalancingPolicy.RoundRobin, count);
        var served = Enumerable.Range(0, count).Where(index => !Failed(index)).ToDictionary(index => index, _ => 0);
        for (var i = 0; i < requests; i++)
        {
            Tried tried = default;
            var index = candidates.Pick();
            while (Failed(index))
            {
                tried.Add(index);
                index = candidates.Pick(tried);
            }

            served[index]++;
        }

        var fair = requests / (double)served.Count;
        Assert.All(served.Values, share => Assert.InRange(share, fair * 0.95, fair * 1.05));

        bool Failed(int index) => failed.Split(' ').Contains($"{index}");
    }

    [Fact]
    public void Further_attempts_leave_the_order_of_the_first_ones_alone()
    {
        var candidates = Candidates.Of(LoadBalancingPolicy.RoundRobin, 3);

        var picks = Enumerable.Range(0, 6).Select(_ =>
        {
            candidates.Pick(Candidates.Tried(0));
            return candidates.Names(1);
        });

        Assert.Equal("abcabc", string.Concat(picks));
    }

    [Fact]
    public void Further_attempts_go_by_the_weights()
    {
        var candidates = new Candidates(LoadBalancingPolicy.RoundRobin, 1, 5, 1);

        Assert.InRange(candidates.Count(10_000, Candidates.Tried(0))[1] / 10_000.0, 0.81, 0.85);
    }
}
