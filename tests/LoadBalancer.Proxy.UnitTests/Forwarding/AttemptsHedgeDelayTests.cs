using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

/// <summary>When a request is hedged whose delay is learned.</summary>
public sealed class AttemptsHedgeDelayTests
{
    private static readonly ClusterOptions Hedged = new() { Hedge = new() { Percentile = 90 } };

    // The delay is worked out anew ten times in a second at most.
    private double _asked = 3;

    [Fact]
    public void The_delay_is_learned_from_answers()
    {
        var learned = new RequestLine(Hedged, "a b");
        Answer(learned, 95, atSecond: 0.01);
        Answer(learned, 5, atSecond: 0.5);

        Assert.InRange(DelayOf(learned), 0.008, 0.013);
        Answer(learned, 6, atSecond: 0.5);
        Assert.InRange(DelayOf(learned), 0.4, 0.6);
    }

    // Without them the slow ones would be missing, and the delay would shrink by its own doing.
    [Fact]
    public void Those_that_lost_are_learned_from_too()
    {
        var learned = new RequestLine(Hedged with { Hedge = new() { Percentile = 90, Delay = TimeSpan.FromMilliseconds(1) } }, "a b");
        Answer(learned, 80, atSecond: 0.01);
        for (var i = 0; i < 12; i++)
        {
            var line = new RequestLine(learned, startsAt: 2);
            line.Next();
            line.Now = 2.5;
            Assert.Equal(Act.Send, line.Woken().Act);
            line.Now = 2.51;
            line.Head(200, slot: 1);
            line.Abandon();
        }

        Assert.InRange(DelayOf(learned), 0.4, 0.7);
    }

    private static void Answer(RequestLine cluster, int times, double atSecond)
    {
        for (var i = 0; i < times; i++)
        {
            var line = new RequestLine(cluster);
            line.Next();
            line.Now = atSecond;
            line.Head(200);
            line.Abandon();
        }
    }

    private double DelayOf(RequestLine cluster) => TimeSpan.FromTicks(cluster.Cluster.Hedging!.At(TimeSpan.FromSeconds(_asked += 0.2).Ticks)).TotalSeconds;
}
