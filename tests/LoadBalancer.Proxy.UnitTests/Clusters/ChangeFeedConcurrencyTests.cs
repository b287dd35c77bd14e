using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

/// <summary>What a subscriber of the registry is told while others write.</summary>
public sealed class ChangeFeedConcurrencyTests
{
    private const int Subscribers = 200;

    // As many as a subscriber may have waiting, all writers together, are not reached: nobody falls behind, however the threads take turns.
    private const int WritesOfEach = 20;
    private const int ReloadEvery = 5;

    private static readonly ClusterDefinition[] Both = [Make.Cluster("web", Make.Probed, "a", "b"), Make.Cluster("api", new(), "c")];
    private static readonly ClusterDefinition[] Other = [Make.Cluster("web", Make.Probed, "b", "d")];

    [Fact]
    public void Whoever_subscribes_while_others_write_has_after_all_changes_the_state_that_there_is()
    {
        var registry = Make.Registry(Both);
        using var start = new Barrier(4);
        using var end = new Barrier(4);
        Thread[] writers = [Write(i => Probe(registry, i)), Write(i => Drain(registry, i)), Write(i => Reload(registry, i))];

        var (wrong, amidst) = (new List<string>(), 0);
        for (var subscriber = 0; subscriber < Subscribers; subscriber++)
        {
            var before = registry.Read().Sequence;
            start.SignalAndWait();
            SpinWait.SpinUntil(() => registry.Read().Sequence > before + (subscriber % 10) || end.ParticipantsRemaining == 1);
            var subscription = registry.Subscribe();
            var from = registry.Read().Sequence;
            SpinWait.SpinUntil(() => subscription.Entries.Count > subscriber % 10 || end.ParticipantsRemaining == 1);
            var now = registry.Read();
            var played = Play(subscription, now.Sequence, wrong);
            end.SignalAndWait();
            registry.Unsubscribe(subscription);
            amidst += registry.Read().Sequence > from ? 1 : 0;
            if (subscription.FellBehind || Text(played) != Text(now))
            {
                wrong.Add($"{Text(played)} instead of {Text(now)}");
            }
        }

        Array.ForEach(writers, writer => writer.Join());
        Assert.Empty(wrong);

        // Else the test would show nothing.
        Assert.True(amidst > Subscribers / 10, $"only {amidst} subscribed while others wrote");

        Thread Write(Action<int> write)
        {
            var writer = new Thread(() =>
            {
                for (var i = 0; i < Subscribers * WritesOfEach; i++)
                {
                    if (i % WritesOfEach == 0)
                    {
                        start.SignalAndWait();
                    }

                    write(i);
                    Thread.Yield();
                    if (i % WritesOfEach == WritesOfEach - 1)
                    {
                        end.SignalAndWait();
                    }
                }
            });
            writer.Start();
            return writer;
        }
    }

    private static void Probe(ClusterRegistry registry, int i)
    {
        if (registry.Find("web") is { } web)
        {
            registry.ReportProbe(web, web.Standing.Members[i % 2].Destination, i % 3 == 0 ? Make.Failure : Make.Pass);
        }
    }

    private static void Drain(ClusterRegistry registry, int i)
    {
        if (registry.Find("web") is { } web)
        {
            registry.SetState(web, web.Standing.Members[i % 2].Destination, i % 3 == 0 ? OperatorState.Draining : OperatorState.Active);
        }
    }

    // Few: the registry keeps the clusters of each configuration up to date until the collector has come by.
    private static void Reload(ClusterRegistry registry, int i)
    {
        if (i % ReloadEvery == 0)
        {
            registry.Apply(i % (2 * ReloadEvery) == 0 ? Other : Both);
        }
    }

    /// <summary>Plays the changes, up to one of them, over the state at the beginning.</summary>
    private static RegistryState Play(Subscription subscription, long until, List<string> wrong)
    {
        var played = new RegistryState(0, []);
        while (played.Sequence < until && subscription.Entries.TryRead(out var entry))
        {
            foreach (var told in entry)
            {
                if (told is DestinationChanged change && change.Sequence != played.Sequence + 1)
                {
                    wrong.Add($"{change.Sequence} came after {played.Sequence}");
                }

                played = told as RegistryState ?? Play(played, (DestinationChanged)told);
            }
        }

        return played;
    }

    private static RegistryState Play(RegistryState before, DestinationChanged change)
    {
        return new RegistryState(change.Sequence, [.. before.Clusters.Select(cluster => cluster.Name == change.Cluster ? Changed(cluster) : cluster)]);

        ClusterState Changed(ClusterState cluster) => cluster with
        {
            Destinations = change.Change switch
            {
                DestinationChange.Added => [.. cluster.Destinations, change.Destination],
                DestinationChange.Removed => [.. cluster.Destinations.Where(destination => !IsIt(destination))],
                _ => [.. cluster.Destinations.Select(destination => IsIt(destination) ? change.Destination : destination)],
            },
        };

        bool IsIt(DestinationState destination) => destination.Definition.Address == change.Destination.Definition.Address;
    }

    private static string Text(RegistryState state) => $"{state.Sequence}: {string.Join(' ', state.Clusters.SelectMany(cluster => cluster.Destinations.Select(
        destination => $"{cluster.Name}/{destination.Definition.Name}={destination.Health.Verdict},{destination.State},{destination.IsAvailable}")))}";
}
