using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

public sealed class AttemptsDeadlineTests
{
    private static ClusterOptions Within(int timeout, int activity, int tunnel = 3600) => new()
    {
        HttpRequest = new() { Timeout = TimeSpan.FromSeconds(timeout), ActivityTimeout = TimeSpan.FromSeconds(activity), TunnelTimeout = TimeSpan.FromSeconds(tunnel) },
    };

    [Theory]
    [InlineData(100, 20, 20)]
    [InlineData(10, 20, 10)]
    public void An_attempt_that_waits_for_an_answer_is_woken_at_the_earliest_of_its_deadlines(int timeout, int activity, int wakeAt)
    {
        var line = new RequestLine(Within(timeout, activity), "a");
        line.Next();

        Assert.Equal(wakeAt, line.WakeAt);
        line.Abandon();
    }

    [Fact]
    public void The_timeout_of_the_route_goes_before_that_of_the_cluster()
    {
        var line = new RequestLine(Within(100, 200), "a", route: new() { Timeout = TimeSpan.FromSeconds(7) });
        line.Next();

        Assert.Equal(7, line.WakeAt);
        line.Abandon();
    }

    [Fact]
    public void Who_is_woken_too_early_waits_on()
    {
        var line = new RequestLine(Within(100, 20), "a");
        line.Next();
        line.Now = 19;

        var decision = line.Woken();

        Assert.Equal((Act.Wait, 0, 20.0), (decision.Act, decision.CancelMask, line.WakeAt!.Value));
        line.Abandon();
    }

    [Fact]
    public void A_destination_that_got_the_request_and_does_not_answer_makes_504_and_no_other_is_asked()
    {
        var line = new RequestLine(Within(100, 20), "a b");

        Assert.Equal((504, "a", 20.0, RequestOutcome.Timeout), (line.Play(("a", "hang"), ("b", "200")), line.Asked, line.Now, line.EndedIn));
    }

    // The timeout for activity may be shorter than that for the connection, or the connection may have to be waited for in the pool.
    [Fact]
    public void A_destination_that_got_nothing_in_time_is_followed_by_another()
    {
        var line = new RequestLine(Within(100, 20), "a b", Traits.None);

        Assert.Equal((200, "a b", true), (line.Play(("a", "dark"), ("b", "200")), line.Asked, line.Cluster.Named("a").IsSuspect));
    }

    [Theory]
    [InlineData("dark", 503)]
    [InlineData("hang", 504)]
    public void The_request_ends_at_its_deadline_whatever_is_left_to_try(string behaviour, int status)
    {
        var line = new RequestLine(Within(timeout: 50, activity: 30), "a b c d");

        var told = line.Play(("a", "dark"), ("b", behaviour), ("c", behaviour), ("d", behaviour));

        Assert.Equal((status, 50.0, 2), (told, line.Now, line.Asked.Split(' ').Length));
    }

    [Fact]
    public void No_attempt_begins_at_the_deadline()
    {
        var line = new RequestLine(Within(timeout: 50, activity: 60), "a b");
        line.Next();
        line.Now = 50;

        Assert.Equal(503, line.Ended(Outcome.ConnectFailed).Refusal!.Status);
    }

    [Fact]
    public void While_the_client_sends_its_body_the_time_runs_from_its_last_byte()
    {
        var line = new RequestLine(Within(timeout: 100, activity: 200), "a");
        line.Next();
        line.Now = 90;
        line.Moved();

        Assert.Equal(190, line.WakeAt);
        line.Abandon();
    }

    [Fact]
    public void An_answer_may_take_as_long_as_it_moves()
    {
        var line = new RequestLine(Within(timeout: 100, activity: 20), "a");
        line.Next();
        line.Now = 10;
        line.Head(200);
        for (line.Now = 20; line.Now < 1_000; line.Now += 10)
        {
            line.Moved();
        }

        Assert.Equal(line.Now + 10, line.WakeAt);
        line.Abandon();
    }

    [Fact]
    public void An_answer_that_stands_still_for_too_long_is_broken_off_by_the_fault_of_its_destination()
    {
        var line = new RequestLine(Within(timeout: 100, activity: 20), "a b");
        line.Next();
        line.Head(200);
        line.Now = 20;

        Assert.Equal(1, line.Woken().CancelMask);
        Assert.Equal(Act.Done, line.Ended(new AttemptResult(Outcome.Cancelled, 200, RequestHeadSent: true, ToHead: 1)).Act);
        Assert.Equal((RequestOutcome.Timeout, 1L), (line.EndedIn, line.Cluster.Named("a").Load.Failures));
    }

    [Fact]
    public void A_tunnel_may_stand_still_for_its_own_time_and_then_has_served_its_purpose()
    {
        var line = new RequestLine(Within(timeout: 100, activity: 20, tunnel: 600), "a", Traits.Idempotent | Traits.Tunnel);
        line.Next();
        line.Head(101);
        var wakeAt = line.WakeAt;
        line.Now = 600;
        line.Woken();
        line.Ended(new AttemptResult(Outcome.Cancelled, 101, RequestHeadSent: true, ToHead: 1));

        Assert.Equal((600.0, RequestOutcome.Success), (wakeAt, line.EndedIn));
    }

    [Fact]
    public void An_answer_that_comes_after_its_attempt_was_cancelled_is_thrown_away()
    {
        var line = new RequestLine(Within(timeout: 100, activity: 20), "a b");
        line.Next();
        line.Now = 20;
        line.Woken();

        Assert.Equal(Act.Discard, line.Head(200).Act);
        Assert.Equal(504, line.Ended(new AttemptResult(Outcome.Cancelled, 200, RequestHeadSent: true)).Refusal!.Status);
    }

    [Fact]
    public void Nothing_wakes_a_request_that_is_over()
    {
        var line = new RequestLine(Within(timeout: 100, activity: 20), "a");
        line.Play(("a", "200"));

        Assert.Null(line.WakeAt);
    }
}
