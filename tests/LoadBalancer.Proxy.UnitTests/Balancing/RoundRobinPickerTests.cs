using System.Collections.Concurrent;
using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

public sealed class RoundRobinPickerTests
{
    private readonly RoundRobinPicker _picker = new();
    private readonly Random _random = new(1);

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
        var picks = new ConcurrentBag<int>();
        var threads = Enumerable.Range(0, 64).Select(thread => new Thread(() =>
        {
            for (var i = thread; i < times * count; i += 64)
            {
                picks.Add(Pick(_picker, candidates));
            }
        })).ToArray();

        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.All(Enumerable.Range(0, count), candidate => Assert.Equal(times, picks.Count(pick => pick == candidate)));
    }

    [Fact]
    public void The_number_of_candidates_may_change_from_pick_to_pick()
    {
        var candidates = Make.Destinations("a", "b", "c", "d", "e");

        Parallel.For(0, 10_000, turn => Assert.InRange(Pick(_picker, candidates[..(1 + (turn % candidates.Length))]), 0, turn % candidates.Length));
    }

    [Fact]
    public void It_goes_on_when_the_counter_wraps_around()
    {
        var picker = new RoundRobinPicker(long.MaxValue - 1);
        var candidates = Make.Destinations("a", "b", "c", "d");

        Assert.Equal("cdabcd", string.Concat(Enumerable.Range(0, 6).Select(_ => candidates[Pick(picker, candidates)].Address.Host)));
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
        var destinations = Make.Destinations([.. Enumerable.Range(0, count).Select(n => $"d{n}")]);
        var served = Enumerable.Range(0, count).Where(index => !Failed(index)).ToDictionary(index => index, _ => 0);
        for (var i = 0; i < requests; i++)
        {
            Tried tried = default;
            var index = Pick(_picker, destinations);
            while (Failed(index))
            {
                tried.Add(index);
                index = Pick(_picker, destinations, tried);
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
        var candidates = Make.Destinations("a", "b", "c");

        var picks = Enumerable.Range(0, 6).Select(_ =>
        {
            Tried tried = default;
            tried.Add(0);
            Pick(_picker, candidates, tried);
            return candidates[Pick(_picker, candidates)].Address.Host;
        });

        Assert.Equal("abcabc", string.Concat(picks));
    }

    [Fact]
    public void The_policy_has_this_picker() => Assert.IsType<RoundRobinPicker>(Pickers.Create(Plan(LoadBalancingPolicy.RoundRobin), null));

    [Fact]
    public void A_picker_of_the_same_policy_goes_on() => Assert.Same(_picker, Pickers.Create(Plan(LoadBalancingPolicy.RoundRobin), _picker));

    [Theory]
    [MemberData(nameof(Policies))]
    public void Every_policy_has_a_picker(LoadBalancingPolicy policy) => Assert.NotNull(Pickers.Create(Plan(policy), null));

    public static readonly TheoryData<LoadBalancingPolicy> Policies = [.. Enum.GetValues<LoadBalancingPolicy>()];

    [Theory]
    [InlineData("0 1 2")]
    [InlineData("")]
    public void Where_none_is_left_none_is_picked(string tried)
    {
        Tried bits = default;
        foreach (var index in tried.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            bits.Add(int.Parse(index, System.Globalization.CultureInfo.InvariantCulture));
        }

        Assert.Equal(-1, Pick(_picker, tried.Length == 0 ? [] : Make.Destinations("a", "b", "c"), bits));
    }

    private static PickerPlan Plan(LoadBalancingPolicy policy) => new(new ClusterOptions { LoadBalancingPolicy = policy }, []);

    private int Pick(Picker picker, Destination[] candidates, Tried tried = default) => picker.Pick(new PickContext(candidates, tried, null, tried.IsEmpty ? 0 : (ulong)_random.NextInt64() << 1, 0));

    private string Picks(int count, Destination[] candidates) => string.Concat(Enumerable.Range(0, count).Select(_ => candidates[Pick(_picker, candidates)].Address.Host));
}
