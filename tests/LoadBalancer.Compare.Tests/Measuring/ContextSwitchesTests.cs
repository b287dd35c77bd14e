using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class ContextSwitchesTests
{
    [Fact]
    public void Those_that_waited_and_those_that_had_to_are_added_up() => Assert.Equal(
        12 + 300,
        ContextSwitches.Parse("Name:\tnginx\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t300\n"));

    [Fact]
    public void What_says_nothing_of_them_counts_as_none() => Assert.Equal(0, ContextSwitches.Parse(""));

    [Fact]
    public void Threads_that_are_new_count_whole_and_those_that_ended_not_at_all()
    {
        var before = new ContextSwitches(new Dictionary<int, long> { [1] = 10, [2] = 1000 });
        var after = new ContextSwitches(new Dictionary<int, long> { [1] = 15, [3] = 7 });

        Assert.Equal(5 + 7, after.Since(before));
    }
}
