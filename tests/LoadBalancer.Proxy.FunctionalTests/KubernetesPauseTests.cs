using System.Collections.Concurrent;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>How long it is until an API server is asked again that has failed before.</summary>
public sealed class KubernetesPauseTests
{
    private static readonly KubernetesDiscoveryOptions Web = new() { Service = "web", Namespace = "shop", MaximumBackoff = TimeWithoutPauses.Longest };

    [Theory]
    [InlineData(true, 0, true)]
    [InlineData(false, 6, true)]
    [InlineData(false, 0, false)]
    public async Task A_watch_that_has_brought_something_or_has_lasted_ends_a_row_of_failures_and_another_does_not(bool brings, int lastsSeconds, bool ends)
    {
        await using var server = await FakeKubernetes.StartAsync();
        server.Set("web", "web-x", "[]", """[{"name":"http","port":80}]""");
        var time = new TimeWithoutPauses();
        await using var source = new KubernetesSource(Web, new KubernetesAccess(new Uri(server.Url), "shop", null, null), time, new NoChance());

        server.Failure = 500;
        source.Start(_ => { });
        await Eventually.HoldsAsync(() => time.Pauses.Count >= 3, "it has failed three times");
        server.Failure = 0;
        await Eventually.HoldsAsync(() => server.Watches == 1, "it watches");
        var before = time.Pauses.Count;
        server.Failure = 500;
        if (brings)
        {
            server.Bookmark();
        }

        time.Later = TimeSpan.FromSeconds(lastsSeconds);
        server.EndWatches();
        await Eventually.HoldsAsync(() => time.Pauses.Count > before, "it fails again");

        Assert.Equal(ends, time.Pauses.ElementAt(before) == TimeSpan.FromMilliseconds(500));
    }

    /// <summary>The system's clock, on which pauses are over at once, and noted.</summary>
    private sealed class TimeWithoutPauses : TimeProvider
    {
        public static readonly TimeSpan Longest = TimeSpan.FromSeconds(4);

        private long _later;

        public ConcurrentQueue<TimeSpan> Pauses { get; } = [];

        public TimeSpan Later
        {
            set => Volatile.Write(ref _later, value.Ticks);
        }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _later);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > Longest || dueTime < TimeSpan.Zero)
            {
                return System.CreateTimer(callback, state, dueTime, period);
            }

            Pauses.Enqueue(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    private sealed class NoChance : Random
    {
        public override double NextDouble() => 0;
    }
}
