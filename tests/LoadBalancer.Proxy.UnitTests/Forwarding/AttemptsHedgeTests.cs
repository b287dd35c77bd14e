using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

/// <summary>A second attempt beside one that is under way. The delay is one second.</summary>
public sealed class AttemptsHedgeTests
{
    private static readonly ClusterOptions Hedged = new()
    {
        HttpRequest = new() { Timeout = TimeSpan.FromSeconds(100), ActivityTimeout = TimeSpan.FromSeconds(20) },
        Hedge = new() { Delay = TimeSpan.FromSeconds(1) },
    };

    private static readonly AttemptResult CancelledAfterHead = new(Outcome.Cancelled, RequestHeadSent: true);

    private static readonly AttemptResult Whole = new(Outcome.Success, 200, RequestHeadSent: true, AnswerComplete: true, ToHead: 1);

    [Fact]
    public void A_destination_that_has_not_answered_after_the_delay_gets_company()
    {
        var line = new RequestLine(Hedged, "a b");
        line.Next();
        var wakeAt = line.WakeAt;
        line.Now = 1;

        var decision = line.Woken();

        Assert.Equal((1.0, Act.Send, 1, "a b"), (wakeAt!.Value, decision.Act, decision.Slot, line.Asked));
        Assert.Equal((1, 1), (InFlight(line, "a"), InFlight(line, "b")));
        line.Abandon();
    }

    [Fact]
    public void Before_the_delay_nothing_is_sent()
    {
        var line = new RequestLine(Hedged, "a b");
        line.Next();
        line.Now = 0.999;

        Assert.Equal((Act.Wait, 1.0, "a"), (line.Woken().Act, line.WakeAt!.Value, line.Asked));
        line.Abandon();
    }

    [Fact]
    public void An_answer_in_time_is_relayed_and_nothing_else_is_due_but_its_own_timeout()
    {
        var line = new RequestLine(Hedged, "a b");
        line.Next();
        line.Now = 0.5;

        Assert.Equal((Act.Relay, 0, 20.5), (line.Head(200) is var decision ? decision.Act : 0, decision.CancelMask, line.WakeAt!.Value));
        line.Abandon();
    }

    [Theory]
    [InlineData(0, "a", 0b10)]
    [InlineData(1, "b", 0b01)]
    public void The_first_head_is_relayed_and_the_other_attempt_cancelled(int slot, string winner, int cancelled)
    {
        var line = Hedge("a b");

        var decision = line.Head(200, slot);
        line.Ended(CancelledAfterHead, 1 - slot);
        line.Ended(Whole, slot);

        Assert.Equal((Act.Relay, cancelled, RequestOutcome.Success, winner), (decision.Act, decision.CancelMask, line.EndedIn, line.Last));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_loser_has_no_part_in_what_the_request_ended_in_whenever_it_ends(bool isLast)
    {
        var line = Hedge("a b");
        line.Head(200, 1);

        (int Slot, AttemptResult Result)[] ends = [(1, Whole), (0, CancelledAfterHead)];
        var decisions = (isLast ? ends : [.. ends.Reverse()]).Select(end => line.Ended(end.Result, end.Slot).Act).ToArray();

        Assert.Equal([isLast ? Act.Done : Act.Wait, Act.Done], decisions);
        Assert.Equal((RequestOutcome.Success, "b", Outcome.Cancelled), (line.EndedIn, line.Last, line.OutcomeOf(0)));
    }

    [Fact]
    public void The_loser_counts_as_an_attempt_and_as_no_failure()
    {
        var line = Hedge("a b");
        line.Head(200, 1);
        line.Ended(CancelledAfterHead, 0);

        var load = line.Cluster.Named("a").Load;
        Assert.Equal((0, 1L, 0L), (load.InFlight, load.Attempts, load.Failures));
        line.Abandon();
    }

    [Fact]
    public void An_answer_that_comes_too_late_is_thrown_away()
    {
        var line = Hedge("a b");
        line.Head(200, 1);

        Assert.Equal(Act.Discard, line.Head(200, 0).Act);
        line.Abandon();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void When_one_fails_the_other_goes_on(int failing)
    {
        var line = Hedge("a b");

        var failed = line.Ended(Outcome.Reset, failing).Act;
        var head = line.Head(200, 1 - failing);

        Assert.Equal((Act.Wait, Act.Relay, 0), (failed, head.Act, head.CancelMask));
        line.Abandon();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void When_both_fail_a_third_is_asked(int first)
    {
        var line = Hedge("a b c");
        line.Ended(Outcome.Reset, first);

        Assert.Equal((Act.Send, "a b c"), (line.Ended(Outcome.Reset, 1 - first).Act, line.Asked));
        line.Abandon();
    }

    [Theory]
    [InlineData(Outcome.Reset, Outcome.ConnectFailed, 502)]
    [InlineData(Outcome.ConnectFailed, Outcome.Reset, 502)]
    [InlineData(Outcome.ConnectFailed, Outcome.ConnectFailed, 503)]
    public void When_both_fail_and_there_is_no_third_the_client_is_told_so(Outcome first, Outcome second, int status)
    {
        var line = Hedge("a b", Hedged with { Retry = new() { MaxAttempts = 2 } });
        line.Ended(first, 0);
        var decision = line.Ended(second, 1);
        while (decision.Act == Act.Send)
        {
            decision = line.Ended(Outcome.Reset, decision.Slot);
        }

        Assert.Equal((Act.Refuse, status), (decision.Act, decision.Refusal!.Status));
        Assert.Equal((0, 0), (InFlight(line, "a"), InFlight(line, "b")));
    }

    // The delay has passed already, so the next one is asked at once.
    [Fact]
    public void When_the_second_fails_a_third_keeps_the_first_company()
    {
        var line = Hedge("a b c");
        line.Now = 1.5;
        line.Ended(Outcome.ConnectFailed, 1);

        Assert.True(line.WakeAt <= line.Now);
        Assert.Equal((Act.Send, 1, "a b c"), (line.Woken() is var decision ? decision.Act : 0, decision.Slot, line.Asked));
        line.Abandon();
    }

    [Fact]
    public void No_more_than_two_are_under_way()
    {
        var line = Hedge("a b c");
        line.Now = 10;

        Assert.Equal((Act.Wait, "a b", 20.0), (line.Woken().Act, line.Asked, line.WakeAt!.Value));
        line.Abandon();
    }

    [Fact]
    public void Both_are_cancelled_at_the_deadline_of_the_request_and_the_client_gets_504()
    {
        var line = Hedge("a b c", Hedged with { HttpRequest = new() { Timeout = TimeSpan.FromSeconds(5) } });
        var wakeAt = line.WakeAt;
        line.Now = 5;

        var cancelled = line.Woken().CancelMask;
        var first = line.Ended(CancelledAfterHead, 0).Act;
        var second = line.Ended(CancelledAfterHead, 1);

        Assert.Equal((5.0, 0b11, Act.Wait, 504, RequestOutcome.Timeout), (wakeAt!.Value, cancelled, first, second.Refusal!.Status, line.EndedIn));
    }

    [Fact]
    public void Each_has_its_own_time_without_activity()
    {
        var line = Hedge("a b");
        line.Now = 20;
        var first = line.Woken().CancelMask;
        line.Ended(CancelledAfterHead, 0);

        // There is nobody left to keep the second company.
        line.Woken();
        Assert.Equal((0b01, Outcome.Timeout, 21.0), (first, line.OutcomeOf(0), line.WakeAt!.Value));
        Assert.Equal(Act.Relay, line.Head(200, 1).Act);
        line.Abandon();
    }

    // Whether the end of the first is heard of before or after.
    [Fact]
    public void One_whose_time_was_up_has_no_part_in_the_request_once_the_other_is_relayed()
    {
        var line = Hedge("a b c");
        line.Now = 20;
        line.Woken();
        line.Head(200, 1);

        Assert.Equal(Act.Wait, line.Ended(CancelledAfterHead, 0).Act);
        Assert.Equal((Outcome.Timeout, "b", "a b"), (line.OutcomeOf(0), line.Last, line.Asked));
        line.Ended(Whole, 1);
        Assert.Equal(RequestOutcome.Success, line.EndedIn);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void When_the_client_leaves_the_other_attempt_is_cancelled_too(int first)
    {
        var line = Hedge("a b");

        var left = line.Ended(Outcome.ClientLeft, first);
        line.Ended(CancelledAfterHead, 1 - first);

        Assert.Equal((Act.Done, 1 << (1 - first), RequestOutcome.ClientLeft, 0L), (left.Act, left.CancelMask, line.EndedIn, Failures(line)));
        Assert.Equal((0, 0), (InFlight(line, "a"), InFlight(line, "b")));
    }

    [Fact]
    public void What_is_open_is_ended_when_the_request_is_abandoned()
    {
        var line = Hedge("a b");

        line.Abandon();

        Assert.Equal((0, 0, 0L), (InFlight(line, "a"), InFlight(line, "b"), Failures(line)));
    }

    [Theory]
    [InlineData(Traits.None, "the method may not be repeated")]
    [InlineData(Traits.Idempotent | Traits.Tunnel, "it becomes a tunnel")]
    public void Some_requests_are_never_hedged(object traits, string because)
    {
        var line = new RequestLine(Hedged, "a b", (Traits)traits);
        line.Next();

        Assert.True(line.WakeAt == 20, because);
        line.Abandon();
    }

    [Fact]
    public void Without_a_delay_nothing_is_hedged()
    {
        var line = new RequestLine(Hedged with { Hedge = new() }, "a b");
        line.Next();

        Assert.Equal(20, line.WakeAt);
        line.Abandon();
    }

    [Fact]
    public void Where_no_other_destination_is_left_the_first_is_waited_for()
    {
        var line = new RequestLine(Hedged, "a");
        line.Next();
        line.Now = 1;

        Assert.Equal((Act.Wait, 20.0, "a"), (line.Woken().Act, line.WakeAt!.Value, line.Asked));
        line.Abandon();
    }

    // The client then still sends it, and may yet be done before the delay has passed once more.
    [Fact]
    public void A_body_that_is_not_there_yet_is_waited_for()
    {
        var line = new RequestLine(Hedged, "a b") { IsBodyWhole = false };
        line.Next();
        line.Now = 1;
        line.Woken();
        var held = line.WakeAt;
        line.Now = 3;
        line.Moved();
        (line.IsBodyWhole, var again, line.Now) = (true, line.WakeAt, 4);

        Assert.Equal((20.0, 4.0, Act.Send), (held!.Value, again!.Value, line.Woken().Act));
        line.Abandon();
    }

    [Theory]
    [InlineData(2, 0, Act.Send)]
    [InlineData(3, 1, Act.Send)]
    [InlineData(2, 1, Act.Wait)]
    [InlineData(1, 0, Act.Wait)]
    public void It_counts_among_the_attempts_that_the_operator_allows(int most, int failedBefore, object expected)
    {
        var line = new RequestLine(Hedged with { Retry = new() { MaxAttempts = most } }, "a b c d");
        line.Next();
        for (var failed = 0; failed < failedBefore; failed++)
        {
            line.Ended(Outcome.Reset);
        }

        line.Now = 1;
        Assert.Equal((Act)expected, line.Woken().Act);
        line.Abandon();
    }

    [Fact]
    public void When_both_have_failed_no_more_is_sent_than_the_operator_allows()
    {
        var line = Hedge("a b c d", Hedged with { Retry = new() { MaxAttempts = 2 } });
        line.Ended(Outcome.Reset, 0);

        Assert.Equal((Act.Refuse, 2), (line.Ended(Outcome.Reset, 1).Act, line.Asked.Split(' ').Length));
    }

    [Fact]
    public void An_answer_that_the_operator_does_not_want_is_given_up_for_one_that_is_under_way()
    {
        var line = Hedge("a b c", Hedged with { Retry = new() { Statuses = StatusRanges.TryParse("503") } });

        var unwanted = line.Head(503, 0).Act;
        var ended = line.Ended(new AttemptResult(Outcome.ServerError, 503, RequestHeadSent: true), 0).Act;

        Assert.Equal((Act.Discard, Act.Wait, Act.Relay, "a b"), (unwanted, ended, line.Head(200, 1).Act, line.Asked));
        line.Abandon();
    }

    [Fact]
    public void A_request_with_a_hedge_allocates_nothing()
    {
        var line = new RequestLine(Hedged, "a b c");
        var route = new Proxy.Routing.Route("r", new(), line.Cluster);

        Assert.Equal(0, Allocated.By(1_000, () => Serve(route, line.Cluster)));

        static void Serve(Proxy.Routing.Route route, Cluster cluster)
        {
            Attempts attempts = default;
            attempts.Begin(route, cluster, Affinity.None, Traits.Idempotent, 0);
            attempts.Next(0, 42);
            attempts.Woken(true, attempts.WakeAt, 42);
            attempts.Head(1, new AnswerHead(200), true, 20_000_000, 42);
            attempts.Ended(0, CancelledAfterHead, true, 20_000_000, 42);
            attempts.Ended(1, Whole, true, 20_000_000, 42);
            attempts.Abandon(20_000_000);
        }
    }

    // Two attempts under way.
    private static RequestLine Hedge(string destinations, ClusterOptions? options = null)
    {
        var line = new RequestLine(options ?? Hedged, destinations);
        line.Next();
        line.Now = 1;
        line.Woken();
        return line;
    }

    private static int InFlight(RequestLine line, string destination) => line.Cluster.Named(destination).Load.InFlight;

    private static long Failures(RequestLine line) => line.Cluster.Standing.Members.ToArray().Sum(member => member.Destination.Load.Failures);
}
