using System.Collections.Concurrent;
using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

public sealed class RoundRobinPickerTests
{
    private readonly RoundRobinPicker _picker = new();

    [Fact]
    public void One_after_the_other_from_the_first()
    {
        var candidates = Make.Destinations("a", "b", "c");

        Assert.Equal("abcabca", Picks(7, candidates));
    }

    [Fact]
    public void One_candidate_is_picked_always() => Assert.Equal("aaa", Picks(3, Make.Destinations("a")));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void K_times_n_picks_give_each_k_with_64_threads(int count)
    {
        const int times = 1_000;
        var candidates = Enumerable.Range(0, count).Select(n => Make.Destination($"d{n}")).ToArray();
        var picks = new ConcurrentBag<Destination>();
        var threads = Enumerable.Range(0, 64).Select(thread => new Thread(() =>
        {
            for (var i = thread; i < times * count; i += 64)
            {
                picks.Add(_picker.Pick(candidates));
            }
        })).ToArray();

        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.All(candidates, candidate => Assert.Equal(times, picks.Count(pick => pick == candidate)));
    }

    [Fact]
    public void The_number_of_candidates_may_change_from_pick_to_pick()
    {
        var candidates = Make.Destinations("a", "b", "c", "d", "e");

        Parallel.For(0, 10_000, turn => Assert.NotNull(_picker.Pick(candidates.AsSpan(0, 1 + (turn % candidates.Length)))));
    }

    [Fact]
    public void It_goes_on_when_the_counter_wraps_around()
    {
        var picker = new RoundRobinPicker(long.MaxValue - 1);
        var candidates = Make.Destinations("a", "b", "c", "d");

        Assert.Equal("cdabcd", string.Concat(Enumerable.Range(0, 6).Select(_ => picker.Pick(candidates).Name)));
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
        var destinations = Enumerable.Range(0, count).Select(n => Make.Destination($"{n}")).ToArray();
        var snapshot = new ClusterSnapshot(new ClusterOptions(), destinations, _picker);
        var served = destinations.Where(destination => !Failed(destination)).ToDictionary(destination => destination, _ => 0);
        for (var i = 0; i < requests; i++)
        {
            var tried = new List<Destination> { snapshot.Pick()! };
            while (Failed(tried[^1]))
            {
                tried.Add(snapshot.PickAgain(tried.ToArray(), tried.ToArray())!);
            }

            served[tried[^1]]++;
        }

        var fair = requests / (double)served.Count;
        Assert.All(served.Values, share => Assert.InRange(share, fair * 0.95, fair * 1.05));

        bool Failed(Destination destination) => failed.Split(' ').Contains(destination.Name);
    }

    [Fact]
    public void Further_attempts_leave_the_order_of_the_first_ones_alone()
    {
        var candidates = Make.Destinations("a", "b", "c");

        var picks = Enumerable.Range(0, 6).Select(_ =>
        {
            _picker.PickAgain(candidates);
            return _picker.Pick(candidates).Name;
        });

        Assert.Equal("abcabc", string.Concat(picks));
    }

    [Fact]
    public void The_policy_has_this_picker() => Assert.IsType<RoundRobinPicker>(Pickers.Create(LoadBalancingPolicy.RoundRobin, null));

    [Fact]
    public void A_picker_of_the_same_policy_goes_on() => Assert.Same(_picker, Pickers.Create(LoadBalancingPolicy.RoundRobin, _picker));

    [Theory]
    [MemberData(nameof(Policies))]
    public void Every_policy_has_a_picker(LoadBalancingPolicy policy) => Assert.NotNull(Pickers.Create(policy, null));

    public static readonly TheoryData<LoadBalancingPolicy> Policies = [.. Enum.GetValues<LoadBalancingPolicy>()];

    private string Picks(int count, Destination[] candidates) => string.Concat(Enumerable.Range(0, count).Select(_ => _picker.Pick(candidates).Name));
}
