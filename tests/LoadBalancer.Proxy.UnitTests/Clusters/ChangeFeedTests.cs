using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

/// <summary>What a subscriber of the registry is told.</summary>
public sealed class ChangeFeedTests
{
    [Fact]
    public void The_state_comes_first_with_the_number_of_the_last_change()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"), Make.Cluster("api", new(), "c"));

        Assert.Equal(["3 [api RoundRobin: c] [web RoundRobin: a b]"], registry.Subscribe().ReadAll().Select(SubscriptionReading.Text));
    }

    [Fact]
    public void A_change_of_verdict_is_told_with_the_destination_as_it_then_is()
    {
        var clock = new ManualTimeProvider();
        var registry = Make.Registry(clock);
        registry.Apply([Make.Cluster("web", Make.Probed, "a", "b")]);
        var (web, subscription) = (registry.Find("web")!, registry.SubscribeToChanges());
        clock.Advance(TimeSpan.FromSeconds(5));

        registry.ReportProbe(web, web.Named("b"), Make.Failure);

        var change = Assert.IsType<DestinationChanged>(Assert.Single(subscription.ReadAll()));
        Assert.Equal((3, "web", DestinationChange.Health, clock.GetUtcNow()), (change.Sequence, change.Cluster, change.Change, change.At));
        Assert.Equal(
            ("b", new HealthStatus(HealthVerdict.Unhealthy, "status code: 500", clock.GetUtcNow()), false),
            (change.Destination.Definition.Name, change.Destination.Health, change.Destination.IsAvailable));
    }

    [Fact]
    public void What_changes_later_does_not_change_what_was_told()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var (web, subscription) = (registry.Find("web")!, registry.Subscribe());

        registry.SetState(web, web.Named("a"), OperatorState.Draining);
        registry.SetState(web, web.Named("a"), OperatorState.Down);

        var told = subscription.ReadAll();
        Assert.Equal(OperatorState.Active, Assert.Single(Assert.Single(Assert.IsType<RegistryState>(told[0]).Clusters).Destinations).State);
        Assert.Equal([OperatorState.Draining, OperatorState.Down], told.OfType<DestinationChanged>().Select(change => change.Destination.State));
    }

    [Fact]
    public void A_probe_that_changes_no_verdict_is_not_told()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a"));
        var web = registry.Find("web")!;
        registry.ReportProbe(web, web.Named("a"), Make.Pass);
        var subscription = registry.SubscribeToChanges();

        registry.ReportProbe(web, web.Named("a"), Make.Pass with { Reason = "status code: 204" });

        Assert.Empty(subscription.ReadAll());
    }

    [Fact]
    public void What_the_operator_wants_already_is_not_told()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var (web, subscription) = (registry.Find("web")!, registry.SubscribeToChanges());

        registry.SetState(web, web.Named("a"), OperatorState.Active);

        Assert.Empty(subscription.ReadAll());
    }

    [Fact]
    public void A_destination_of_a_removed_cluster_changes_nothing_any_more()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a"));
        var web = registry.Find("web")!;
        registry.Apply([]);
        var subscription = registry.SubscribeToChanges();

        Assert.Null(registry.ReportProbe(web, web.Named("a"), Make.Failure));
        registry.SetState(web, web.Named("a"), OperatorState.Down);

        Assert.Empty(subscription.ReadAll());
    }

    [Fact]
    public void Each_change_has_the_number_after_the_one_before()
    {
        var registry = Make.Registry(Make.Cluster("web", Make.Probed, "a"));
        var subscription = registry.SubscribeToChanges();

        registry.Apply([Make.Cluster("web", Make.Probed, "a", "b", "c"), Make.Cluster("api", new(), "d")]);
        var web = registry.Find("web")!;
        registry.ReportProbe(web, web.Named("a"), Make.Pass);
        registry.SetState(web, web.Named("b"), OperatorState.Down);

        Assert.Equal([2, 3, 4, 5, 6], subscription.ReadAll().OfType<DestinationChanged>().Select(change => change.Sequence));
    }

    [Fact]
    public void Everybody_is_told_the_same()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var (web, one, other) = (registry.Find("web")!, registry.Subscribe(), registry.Subscribe());

        registry.SetState(web, web.Named("a"), OperatorState.Down);

        Assert.Equal(one.ReadAll().Select(SubscriptionReading.Text), other.ReadAll().Select(SubscriptionReading.Text));
    }

    [Fact]
    public void Who_reads_too_slowly_is_dropped_and_the_others_go_on()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var (web, slow, quick) = (registry.Find("web")!, registry.Subscribe(), registry.SubscribeToChanges());

        for (var i = 0; i < Subscription.Capacity; i++)
        {
            Assert.False(slow.FellBehind);
            registry.SetState(web, web.Named("a"), i % 2 == 0 ? OperatorState.Down : OperatorState.Active);
            Assert.Single(quick.ReadAll());
        }

        Assert.True(slow.FellBehind);
        Assert.False(quick.FellBehind);
    }

    [Fact]
    public void Who_is_dropped_learns_of_it_at_once_and_not_after_what_waited()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var (web, slow) = (registry.Find("web")!, registry.Subscribe());

        for (var i = 0; i < Subscription.Capacity; i++)
        {
            registry.SetState(web, web.Named("a"), i % 2 == 0 ? OperatorState.Down : OperatorState.Active);
        }

        Assert.True(slow.Entries.Completion.IsCompleted);
    }

    [Fact]
    public void A_reload_of_any_size_drops_nobody_who_reads()
    {
        var registry = Make.Registry(Make.Cluster("web", new()));
        var subscription = registry.SubscribeToChanges();

        registry.Apply([Make.Cluster("web", new(), [.. Enumerable.Range(0, 3 * Subscription.Capacity).Select(i => $"d{i}")])]);

        Assert.Equal(3 * Subscription.Capacity, subscription.ReadAll().Count);
    }

    [Fact]
    public void Who_has_unsubscribed_is_told_no_more()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var (web, subscription) = (registry.Find("web")!, registry.Subscribe());

        registry.Unsubscribe(subscription);
        registry.SetState(web, web.Named("a"), OperatorState.Down);

        Assert.True(subscription.Entries.Completion.IsCompleted);
        Assert.False(subscription.FellBehind);
    }

    [Fact]
    public void A_reader_that_waits_does_not_run_within_the_call_that_changes_something()
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));
        var (web, subscription) = (registry.Find("web")!, registry.SubscribeToChanges());
        using var ran = new ManualResetEventSlim();
        var thread = 0;
        subscription.Entries.WaitToReadAsync().AsTask().GetAwaiter().UnsafeOnCompleted(() =>
        {
            thread = Environment.CurrentManagedThreadId;
            ran.Set();
        });

        registry.SetState(web, web.Named("a"), OperatorState.Down);

        Assert.True(ran.Wait(Eventually.Deadline));
        Assert.NotEqual(Environment.CurrentManagedThreadId, thread);
    }
}
