using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;

namespace LoadBalancer.Proxy.UnitTests.Discovery;

public sealed class OperatorMembershipTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 8, 18, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_was_added_comes_last_and_its_name_gives_way() => Assert.Equal("b a b-2", Names(OperatorMembership.None.Add("web", At("b", 9)), At("b", 1), At("a", 2)));

    [Fact]
    public void What_is_named_with_an_address_that_was_added_is_as_it_is_named()
    {
        var settled = OperatorMembership.None.Add("web", At("mine", 1)).Settle([Web(At("a", 1))]);

        Assert.Equal(("a", ""), (Names(settled, At("a", 1)), Names(settled)));
    }

    [Fact]
    public void What_was_added_stays_when_it_is_no_longer_found()
    {
        var membership = OperatorMembership.None.Add("web", At("mine", 1)).Settle([Web(At("pod", 1) with { LeavesAt = Now })]);

        Assert.Equal("mine", Names(membership, At("pod", 1) with { LeavesAt = Now }));
    }

    [Fact]
    public void What_is_removed_leaves_at_its_time_and_is_gone_then()
    {
        var leaving = OperatorMembership.None.Remove("web", At("a", 1), Now.AddSeconds(30));

        Assert.Equal(("a+ b", Now.AddSeconds(30)), (Names(leaving.Sweep(Now), At("a", 1), At("b", 2)), leaving.NextDeparture));
        var gone = leaving.Sweep(Now.AddSeconds(30));
        Assert.Equal(("b", null), (Names(gone, At("a", 1), At("b", 2)), gone.NextDeparture));
    }

    [Fact]
    public void The_time_of_one_that_leaves_stays() =>
        Assert.Equal(Now, OperatorMembership.None.Remove("web", At("a", 1), Now).Remove("web", At("a", 1), Now.AddSeconds(1)).NextDeparture);

    [Fact]
    public void One_that_was_removed_may_come_anew_once_nobody_has_named_it()
    {
        var gone = OperatorMembership.None.Remove("web", At("a", 1), Now).Sweep(Now);

        Assert.Equal("", Names(gone.Settle([Web(At("a", 1))]), At("a", 1)));
        Assert.Equal("a", Names(gone.Settle([Web(At("b", 2))]), At("a", 1)));
    }

    [Fact]
    public void A_cluster_that_goes_takes_all_of_it_along() => Assert.Equal("", Names(OperatorMembership.None.Add("web", At("a", 1)).Settle([])));

    private static string Names(OperatorMembership membership, params DestinationDefinition[] named) =>
        string.Join(' ', membership.Apply(Web(named)).Destinations.Select(definition => definition.LeavesAt is null ? definition.Name : $"{definition.Name}+"));

    private static ClusterDefinition Web(params DestinationDefinition[] destinations) => new("web", new ClusterOptions(), destinations);

    private static DestinationDefinition At(string name, int port) => new(name, new Uri($"http://h:{port}"));
}
