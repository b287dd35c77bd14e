using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

/// <summary>What holds for every policy.</summary>
public sealed class PickersTests
{
    public static readonly TheoryData<LoadBalancingPolicy> Policies = [.. Enum.GetValues<LoadBalancingPolicy>()];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Where_none_is_left_none_is_picked(LoadBalancingPolicy policy)
    {
        var candidates = new Candidates(policy, 1, 2, 3);

        Assert.Equal((-1, -1), (candidates.Pick(Candidates.Tried(0, 1, 2)), candidates.Pick(Candidates.Tried(0, 1, 2), hash: 7)));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Without_candidates_none_is_picked(LoadBalancingPolicy policy)
    {
        var candidates = new Candidates(policy);

        Assert.Equal((-1, -1), (candidates.Pick(), candidates.Pick(hash: 7)));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void One_request_tries_each_of_many_candidates_once(LoadBalancingPolicy policy)
    {
        const int count = 150;
        var candidates = new Candidates(policy, [.. Enumerable.Range(0, count).Select(i => 1.0 + (i % 7))]);
        Tried tried = default;
        for (var attempt = 0; attempt < count; attempt++)
        {
            var index = candidates.Pick(tried, hash: 12_345);
            Assert.False(tried.Contains(index));
            tried.Add(index);
        }

        Assert.Equal(-1, candidates.Pick(tried, hash: 12_345));
        tried.Clear();
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Weights_that_are_far_apart_do_no_harm(LoadBalancingPolicy policy)
    {
        var candidates = new Candidates(policy, 1_000, 0.01, 1_000, 0.01);

        Assert.All(Enumerable.Range(0, 1_000), _ => Assert.InRange(candidates.Pick(), 0, 3));
        Assert.True(candidates.Pick(Candidates.Tried(0, 2)) is 1 or 3);
    }

    // The path of a request: picking, taking up the attempt, ending it, and picking once more after a failure.
    [Theory]
    [MemberData(nameof(Policies))]
    public void Picking_allocates_nothing(LoadBalancingPolicy policy)
    {
        var candidates = new Candidates(policy, [.. Enumerable.Range(0, 10).Select(i => 1.0 + i)]);
        var tried = Candidates.Tried(3);
        var now = 0L;

        Assert.Equal(0, Allocated.By(10_000, () =>
        {
            var first = candidates.Pick(hash: candidates.Key, now: ++now);
            candidates.Destinations[first].TryBegin();
            candidates.End(first, now * TimeSpan.TicksPerMillisecond, toHead: now);
            candidates.Pick(tried, candidates.Key, now);
        }));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Threads_that_pick_and_end_at_once_leave_nothing_in_flight(LoadBalancingPolicy policy)
    {
        var candidates = new Candidates(policy, 5, 3, 1);

        Parallel.For(0, 20_000, number =>
        {
            var index = candidates.Picker.Pick(new PickContext(candidates.Destinations, default, (ulong)number * 0x9E3779B97F4A7C15, (ulong)number * 0xBF58476D1CE4E5B9, number));
            candidates.Destinations[index].TryBegin();
            candidates.End(index, number, toHead: number);
        });

        Assert.All(candidates.Destinations, destination => Assert.Equal(0, destination.Load.InFlight));
    }
}
