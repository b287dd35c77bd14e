using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

/// <summary>A destination that wants no requests until later (Retry-After) is not asked again before, as long as there is another.</summary>
public sealed class AttemptsHoldOffTests
{
    private static readonly ClusterOptions Unwanted = new() { Retry = new() { MaxAttempts = 4, Statuses = StatusRanges.TryParse("503") } };

    private static readonly ClusterOptions Paused = new() { Retry = Unwanted.Retry with { Backoff = TimeSpan.FromSeconds(1), MaximumBackoff = TimeSpan.FromSeconds(1) } };

    [Fact]
    public void Another_that_was_tried_is_asked_again_in_its_place()
    {
        var line = new RequestLine(Unwanted, "a b");
        line.Next();
        Busy(line, seconds: 5);

        Assert.Equal(Act.Send, line.Ended(Outcome.Reset).Act);

        Assert.Equal("a b b", line.Asked);
    }

    [Fact]
    public void When_its_time_is_over_it_is_asked_again()
    {
        var line = new RequestLine(Unwanted, "a b");
        line.Next();
        Busy(line, seconds: 5);
        line.Now = 5.001;

        line.Ended(Outcome.Reset);

        Assert.Equal("a b a", line.Asked);
    }

    [Fact]
    public void One_that_told_another_request_so_is_asked_after_those_that_did_not()
    {
        var line = new RequestLine(Unwanted, "a b c");
        line.Cluster.Named("b").Load.HoldOff(TimeSpan.TicksPerSecond, now: 0);
        line.Next();
        line.Ended(Outcome.Reset);
        line.Ended(Outcome.Reset);

        Assert.Equal("a c b", line.Asked);
    }

    [Fact]
    public void When_there_is_no_other_the_pause_is_as_long_as_it_wants()
    {
        var line = new RequestLine(Paused, "a b");
        line.Cluster.Named("a").Load.HoldOff(7 * TimeSpan.TicksPerSecond, now: 0);
        line.Cluster.Named("b").Load.HoldOff(9 * TimeSpan.TicksPerSecond, now: 0);
        line.Next();

        Assert.Equal((Act.Wait, 9.0), (line.Ended(Outcome.Reset).Act, line.WakeAt));
        line.Now = 9.001;
        Assert.Equal((Act.Send, "a b"), (line.Woken().Act, line.Asked));
    }

    [Fact]
    public void The_only_destination_is_asked_again_when_its_time_is_over()
    {
        var line = new RequestLine(Paused, "a");
        line.Cluster.Named("a").Load.HoldOff(7 * TimeSpan.TicksPerSecond, now: 0);
        line.Next();

        line.Ended(Outcome.Reset);

        Assert.Equal(7.0, line.WakeAt);
    }

    [Fact]
    public void A_time_that_would_outlast_the_deadline_makes_no_pause_longer()
    {
        var line = new RequestLine(Paused with { HttpRequest = new() { Timeout = TimeSpan.FromSeconds(5) } }, "a");
        line.Cluster.Named("a").Load.HoldOff(7 * TimeSpan.TicksPerSecond, now: 0);
        line.Next();
        line.Ended(Outcome.Reset);

        Assert.InRange(line.WakeAt!.Value, 0.5, 1);
    }

    [Fact]
    public void Without_a_pause_nobody_waits_for_it()
    {
        var line = new RequestLine(Unwanted, "a");
        line.Cluster.Named("a").Load.HoldOff(7 * TimeSpan.TicksPerSecond, now: 0);
        line.Next();

        Assert.Equal(Act.Send, line.Ended(Outcome.Reset).Act);
    }

    [Fact]
    public void Beyond_64_destinations_it_holds_as_well()
    {
        var names = Enumerable.Range(100, 70).Select(number => $"d{number}").ToArray();
        var line = new RequestLine(Unwanted, string.Join(' ', names));
        foreach (var name in names.Skip(1).SkipLast(1))
        {
            line.Cluster.Named(name).Load.HoldOff(TimeSpan.TicksPerSecond, now: 0);
        }

        line.Next();
        line.Ended(Outcome.Reset);

        Assert.Equal("d100 d169", line.Asked);
    }

    // The first answers that it is busy, and the second is asked.
    private static void Busy(RequestLine line, int seconds)
    {
        line.Head(new AnswerHead(503, seconds * TimeSpan.TicksPerSecond));
        line.Ended(new AttemptResult(Outcome.ServerError, 503, RequestHeadSent: true));
    }
}
