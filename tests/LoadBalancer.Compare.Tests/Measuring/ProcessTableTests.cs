using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare.Tests.Measuring;

public sealed class ProcessTableTests
{
    private static readonly ProcessTable Table = new(
    [
        Process(0, parent: 0, "sched", user: 1000),
        Process(14, parent: 2, "ksoftirqd/0", user: 8),
        Process(22, parent: 2, "ksoftirqd/1", user: 9),
        Process(100, parent: 1, "nginx", user: 1, reaped: 50),
        Process(101, parent: 100, "nginx", user: 10),
        Process(102, parent: 101, "helper", user: 100),
        Process(200, parent: 1, "other", user: 1000),
    ]);

    [Fact]
    public void A_tree_has_the_children_of_children() => Assert.Equal([100, 101, 102], Table.Tree(100).Select(process => process.Id));

    [Fact]
    public void A_process_that_is_its_own_parent_is_there_once() => Assert.Equal([0], Table.Tree(0).Select(process => process.Id));

    [Fact]
    public void A_process_that_has_ended_has_no_tree() => Assert.Empty(Table.Tree(300));

    [Fact]
    public void The_time_of_a_tree_has_those_in_it_that_ended() => Assert.Equal(1 + 50 + 10 + 100, Table.CpuOfTree(100).Ticks);

    [Fact]
    public void Threads_of_the_kernel_are_found_by_name() => Assert.Equal(9, Table.CpuOfNamed("ksoftirqd/1", "ksoftirqd/7").Ticks);

    private static ProcessStat Process(int id, int parent, string name, long user, long reaped = 0) => new(id, parent, name, new(user, 0), new(reaped, 0));
}
