using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

/// <summary>Attempts that repeat what was sent: within the budget, after a pause, and when an answer takes too long to begin.</summary>
public sealed class AttemptsRepeatTests
{
    private static readonly ClusterOptions NoBudget = new() { Retry = new() { Budget = new() { Share = 0, MinimumConcurrent = 0, Burst = 0 }, Statuses = StatusRanges.TryParse("503") } };

    private static readonly ClusterOptions Paused = new() { Retry = new() { Backoff = TimeSpan.FromSeconds(1), MaximumBackoff = TimeSpan.FromSeconds(10), MaxAttempts = 4, Statuses = StatusRanges.TryParse("503") } };

    private static readonly ClusterOptions Quick = new() { HttpRequest = new() { FirstByteTimeout = TimeSpan.FromSeconds(2), ActivityTimeout = TimeSpan.FromSeconds(20) } };

    [Theory]
    [InlineData(Outcome.Reset, 502)]
    [InlineData(Outcome.ConnectFailed, 200)]
    [InlineData(Outcome.ConnectTimeout, 200)]
    public void Without_a_budget_only_what_was_not_sent_goes_to_another(Outcome outcome, int status) =>
        Assert.Equal(status, new RequestLine(NoBudget, "a b").Play(("a", outcome.ToString()), ("b", "200")));

    [Fact]
    public void Without_a_budget_an_unwanted_answer_is_the_answer()
    {
        var line = new RequestLine(NoBudget, "a b");

        Assert.Equal((200, "a"), (line.Play(("a", "503"), ("b", "200")), line.Asked));
        Assert.Equal(1, line.Cluster.Retries.Refused);
    }

    [Fact]
    public void Without_a_budget_nothing_is_hedged()
    {
        var line = new RequestLine(NoBudget with { Hedge = new() { Delay = TimeSpan.FromSeconds(1) } }, "a b");
        line.Next();
        line.Now = 1;

        Assert.Equal(Act.Wait, line.Woken().Act);
    }

    [Theory]
    [InlineData("Reset")]
    [InlineData("503")]
    public void A_repeat_has_its_place_until_it_ends(string behaviour)
    {
        var line = new RequestLine(new() { Retry = NoBudget.Retry with { Budget = new() } }, "a b");
        line.Next();
        if (behaviour == "503")
        {
            line.Head(503);
        }

        line.Ended(new AttemptResult(behaviour == "503" ? Outcome.ServerError : Outcome.Reset, RequestHeadSent: true));
        var meanwhile = line.Cluster.Retries.Taken;
        line.Head(200);
        line.Ended(new AttemptResult(Outcome.Success, 200, RequestHeadSent: true, AnswerComplete: true));

        Assert.Equal((1, 0), (meanwhile, line.Cluster.Retries.Taken));
    }

    [Fact]
    public void One_that_is_abandoned_gives_its_place_back()
    {
        var line = new RequestLine(NoBudget with { Retry = NoBudget.Retry with { Budget = new() } }, "a b");
        line.Next();
        line.Head(503);
        line.Abandon();

        Assert.Equal((0, 0), (line.Cluster.Retries.Taken, line.Cluster.InFlight));
    }

    [Fact]
    public void One_that_finds_nobody_gives_its_place_back()
    {
        var line = new RequestLine(NoBudget with { Retry = NoBudget.Retry with { Budget = new() } }, "a");
        line.Next();
        line.Head(503);

        Assert.Equal(0, line.Cluster.Retries.Taken);
    }

    [Fact]
    public void It_is_sent_after_a_pause_that_grows()
    {
        var line = new RequestLine(Paused, "a b c d");
        line.Next();

        var pauses = new List<double>();
        for (var repeat = 0; repeat < 3; repeat++)
        {
            var failedAt = line.Now;
            Assert.Equal(Act.Wait, line.Ended(Outcome.Reset).Act);
            pauses.Add(line.WakeAt!.Value - failedAt);
            line.Now = line.WakeAt!.Value - 0.001;
            Assert.Equal(Act.Wait, line.Woken().Act);
            line.Now = line.WakeAt!.Value + 0.001;
            Assert.Equal(Act.Send, line.Woken().Act);
        }

        Assert.InRange(pauses[0], 0.5, 1);
        Assert.InRange(pauses[1], 1, 2);
        Assert.InRange(pauses[2], 2, 4);
        Assert.Equal((4, 502), (line.Asked.Split(' ').Distinct().Count(), line.Ended(Outcome.Reset).Refusal!.Status));
    }

    [Fact]
    public void No_pause_is_longer_than_the_longest()
    {
        var line = new RequestLine(Paused with { Retry = Paused.Retry with { MaximumBackoff = TimeSpan.FromMilliseconds(10) } }, "a b");
        line.Next();
        line.Ended(Outcome.Reset);

        Assert.InRange(line.WakeAt!.Value, 0.005, 0.010);
    }

    [Fact]
    public void Where_nothing_was_sent_there_is_no_pause()
    {
        var line = new RequestLine(Paused, "a b");
        line.Next();

        Assert.Equal(Act.Send, line.Ended(Outcome.ConnectFailed).Act);
    }

    [Fact]
    public void An_answer_that_is_given_up_is_followed_after_a_pause()
    {
        var line = new RequestLine(Paused, "a b");
        line.Next();

        Assert.Equal((Act.Discard, Act.Wait), (line.Head(503).Act, line.Ended(new AttemptResult(Outcome.ServerError, 503, RequestHeadSent: true)).Act));
        Assert.InRange(line.WakeAt!.Value, 0.5, 1);
        line.Now = 1;
        Assert.Equal((Act.Send, "a b"), (line.Woken().Act, line.Asked));
        Assert.Equal(1, line.Cluster.InFlight);
    }

    [Fact]
    public void A_pause_that_would_outlast_the_deadline_is_none()
    {
        var line = new RequestLine(Paused with { HttpRequest = new() { Timeout = TimeSpan.FromMilliseconds(400) } }, "a b");
        line.Next();

        Assert.Equal(Act.Send, line.Ended(Outcome.Reset).Act);
    }

    [Fact]
    public void Who_has_nobody_to_go_to_after_the_pause_is_told_what_it_was()
    {
        var line = new RequestLine(Paused, "a");
        line.Next();
        line.Ended(new AttemptResult(Outcome.Reset, RequestHeadSent: true));
        line.Registry.SetState(line.Cluster, line.Cluster.Named("a"), Proxy.Clusters.OperatorState.Down);
        line.Now = 1;

        Assert.Equal((Act.Refuse, 0), (line.Woken().Act, line.Cluster.Retries.Taken));
    }

    [Fact]
    public void An_answer_that_does_not_begin_in_time_is_asked_for_elsewhere()
    {
        var line = new RequestLine(Quick, "a b");

        Assert.Equal((200, "a b", 2.0), (line.Play(("a", "hang"), ("b", "200")), line.Asked, line.Now));
    }

    [Fact]
    public void Not_so_where_the_method_may_not_be_repeated()
    {
        var line = new RequestLine(Quick, "a b", Traits.None);

        Assert.Equal((504, "a", 2.0), (line.Play(("a", "hang"), ("b", "200")), line.Asked, line.Now));
    }

    [Fact]
    public void Once_it_has_begun_it_may_take_longer()
    {
        var line = new RequestLine(Quick, "a b");
        line.Next();
        line.Now = 1;
        line.Head(200);

        Assert.Equal(21, line.WakeAt);
    }

    [Fact]
    public void Those_that_all_take_too_long_are_told_of_as_such() =>
        Assert.Equal(504, new RequestLine(Quick, "a b c").Play(("a", "hang"), ("b", "hang"), ("c", "hang")));
}
