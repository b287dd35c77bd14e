using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Sessions;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

/// <summary>Requests that have to wait for a place, for every destination has as many as it may.</summary>
public sealed class AttemptsWaitTests
{
    private static readonly ClusterOptions OneEach = new() { MaxConcurrentRequests = 1 };

    private static readonly ClusterOptions Queued = OneEach with { Queue = new() { MaxLength = 2, Timeout = TimeSpan.FromSeconds(5) } };

    private static readonly AttemptResult Good = new(Outcome.Success, 200, RequestHeadSent: true, AnswerComplete: true, ToHead: 1);

    [Fact]
    public void One_that_is_full_is_passed_by()
    {
        var first = new RequestLine(OneEach, "a b");
        first.Next();
        var (second, third) = (new RequestLine(first), new RequestLine(first));
        second.Next();
        first.Ended(Good);
        third.Next();

        Assert.Equal(("a", "b", "a"), (first.Asked, second.Asked, third.Asked));
    }

    [Fact]
    public void Without_a_queue_one_too_many_is_refused()
    {
        var first = new RequestLine(OneEach, "a");
        first.Next();
        var second = new RequestLine(first);

        Assert.Equal((Refusal.Overloaded, RequestOutcome.Shed), (second.Next().Refusal, second.EndedIn));
    }

    [Fact]
    public void With_one_it_waits_and_gets_the_place_that_becomes_free()
    {
        var first = new RequestLine(Queued, "a");
        first.Next();
        var second = new RequestLine(first);

        Assert.Equal((Act.Wait, 5.0), (second.Next().Act, second.WakeAt));
        first.Ended(Good);
        Assert.Equal((1, 1), (second.WokenForPlace, first.Cluster.InFlight));
        Assert.Equal((Act.Send, "a"), (second.Woken().Act, second.Asked));
        second.Ended(Good);
        Assert.Equal(0, first.Cluster.InFlight);
    }

    [Fact]
    public void Whoever_comes_meanwhile_does_not_get_it()
    {
        var first = new RequestLine(Queued, "a");
        first.Next();
        var (second, third) = (new RequestLine(first), new RequestLine(first));
        second.Next();
        first.Ended(Good);

        Assert.Equal((Act.Wait, Act.Send), (third.Next().Act, second.Woken().Act));
    }

    [Fact]
    public void When_its_time_is_up_it_is_refused()
    {
        var first = new RequestLine(Queued, "a");
        first.Next();
        var second = new RequestLine(first);
        second.Next();
        second.Now = 4.9;
        Assert.Equal(Act.Wait, second.Woken().Act);
        second.Now = 5;

        Assert.Equal((Refusal.Overloaded, RequestOutcome.Shed, 0), (second.Woken().Refusal, second.EndedIn, first.Cluster.Queue.Count));
    }

    [Fact]
    public void One_that_was_served_at_the_last_moment_is_sent()
    {
        var first = new RequestLine(Queued, "a");
        first.Next();
        var second = new RequestLine(first);
        second.Next();
        first.Ended(Good);
        second.Now = 5;

        Assert.Equal(Act.Send, second.Woken().Act);
    }

    [Fact]
    public void No_more_wait_than_may()
    {
        var first = new RequestLine(Queued, "a");
        first.Next();
        new RequestLine(first).Next();
        new RequestLine(first).Next();

        Assert.Equal(Refusal.Overloaded, new RequestLine(first).Next().Refusal);
    }

    [Fact]
    public void One_that_is_abandoned_leaves_the_queue()
    {
        var first = new RequestLine(Queued, "a");
        first.Next();
        var (second, third) = (new RequestLine(first), new RequestLine(first));
        second.Next();
        third.Next();
        second.Abandon();
        first.Ended(Good);

        Assert.Equal((0, 1), (second.WokenForPlace, third.WokenForPlace));
    }

    [Fact]
    public void A_place_that_was_given_to_one_that_is_abandoned_is_passed_on()
    {
        var first = new RequestLine(Queued, "a");
        first.Next();
        var (second, third) = (new RequestLine(first), new RequestLine(first));
        second.Next();
        third.Next();
        first.Ended(Good);
        second.Abandon();

        Assert.Equal((1, Act.Send, 1), (third.WokenForPlace, third.Woken().Act, first.Cluster.InFlight));
    }

    [Fact]
    public void A_session_waits_for_its_own_destination()
    {
        var first = new RequestLine(Queued with { SessionAffinity = new() { Enabled = true } }, "a b");
        var affinity = new Affinity(null, new Session(SessionKind.Known, first.Cluster.Named("a")));
        first.Next();
        var other = new RequestLine(first);
        other.Next();
        var session = new RequestLine(first, affinity);

        Assert.Equal(Act.Wait, session.Next().Act);
        other.Ended(Good);
        Assert.Equal(0, session.WokenForPlace);
        first.Ended(Good);
        Assert.Equal((Act.Send, "a"), (session.Woken().Act, session.Asked));
    }

    [Fact]
    public void A_further_attempt_waits_too_and_not_for_the_one_that_failed()
    {
        var busy = new RequestLine(Queued, "a b");
        busy.Next();
        var line = new RequestLine(busy);
        line.Next();
        Assert.Equal("b", line.Asked);

        Assert.Equal(Act.Wait, line.Ended(Outcome.ConnectFailed).Act);
        busy.Ended(Good);

        Assert.Equal((Act.Send, "b a"), (line.Woken().Act, line.Asked));
    }

    [Fact]
    public void One_that_waits_in_vain_is_told_how_its_attempt_ended()
    {
        var busy = new RequestLine(Queued, "a b");
        busy.Next();
        var line = new RequestLine(busy);
        line.Next();
        line.Ended(Outcome.ConnectFailed);
        line.Now = 5;

        Assert.Equal((Refusal.NoDestination, RequestOutcome.ConnectFailed), (line.Woken().Refusal, line.EndedIn));
    }

    [Fact]
    public void A_destination_that_comes_back_takes_those_that_wait()
    {
        var first = new RequestLine(Queued, "a b");
        first.Registry.SetState(first.Cluster, first.Cluster.Named("b"), OperatorState.Down);
        first.Next();
        var second = new RequestLine(first);
        second.Next();
        first.Registry.SetState(first.Cluster, first.Cluster.Named("b"), OperatorState.Active);

        Assert.Equal((1, Act.Send, "b"), (second.WokenForPlace, second.Woken().Act, second.Asked));
    }

    [Fact]
    public void When_nobody_is_left_nobody_waits()
    {
        var first = new RequestLine(Queued, "a");
        first.Next();
        var second = new RequestLine(first);
        second.Next();
        first.Registry.SetState(first.Cluster, first.Cluster.Named("a"), OperatorState.Down);

        Assert.Equal((1, Refusal.NoDestination), (second.WokenForPlace, second.Woken().Refusal));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(null)]
    public void A_limit_that_is_raised_takes_those_that_wait(int? limit)
    {
        var first = new RequestLine(Queued, "a");
        first.Next();
        var second = new RequestLine(first);
        second.Next();
        first.Registry.Apply([Make.Cluster("web", Queued with { MaxConcurrentRequests = limit }, "a")]);

        Assert.Equal((1, Act.Send), (second.WokenForPlace, second.Woken().Act));
    }

    [Fact]
    public void A_limit_that_is_lowered_is_kept_to_as_places_become_free()
    {
        var first = new RequestLine(Queued with { MaxConcurrentRequests = 2 }, "a");
        first.Next();
        var (second, third) = (new RequestLine(first), new RequestLine(first));
        second.Next();
        third.Next();
        first.Registry.Apply([Make.Cluster("web", Queued, "a")]);
        first.Ended(Good);
        var atTwo = third.WokenForPlace;
        second.Ended(Good);

        Assert.Equal((0, 1), (atTwo, third.WokenForPlace));
    }

    // Requests come, are served, lose patience and leave, on many threads: nobody is forgotten, and there are never more than may.
    [Fact]
    public void No_place_and_no_waiter_is_lost_among_many_threads()
    {
        var options = new ClusterOptions { MaxConcurrentRequests = 2, Queue = new() { MaxLength = 1000, Timeout = TimeSpan.FromSeconds(5) } };
        var origin = new RequestLine(options, "a b c");
        var most = 0;

        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, worker =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 3_000; i++)
            {
                using var line = new BlockingLine(origin.Cluster);
                if (line.Begin(leaves: random.Next(10) == 0))
                {
                    InterlockedMax(ref most, origin.Cluster.InFlight);
                    line.End();
                }
            }
        });

        Assert.Equal((0, 0), (origin.Cluster.InFlight, origin.Cluster.Queue.Count));
        Assert.InRange(most, 1, 6);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value;)
        {
            var before = Interlocked.CompareExchange(ref most, value, seen);
            seen = before == seen ? value : before;
        }
    }

    // Waits as an engine does, but on its thread.
    private sealed class BlockingLine : PlaceWaiter, IDisposable
    {
        private readonly SemaphoreSlim _woken = new(0);
        private Attempts _attempts;

        public BlockingLine(Cluster cluster) => _attempts.Begin(new("r", new(), cluster), cluster, Affinity.None, Traits.Idempotent, 0, this);

        public override void Wake() => _woken.Release();

        public void Dispose() => _woken.Dispose();

        public bool Begin(bool leaves)
        {
            var decision = _attempts.Next(0, 0);
            while (decision.Act == Act.Wait && !leaves)
            {
                Assert.True(_woken.Wait(TimeSpan.FromSeconds(20)), "It was never woken.");
                decision = _attempts.Woken(isBodyWhole: true, 0, 0);
            }

            if (decision.Act != Act.Send)
            {
                _attempts.Abandon(0);
            }

            return decision.Act == Act.Send;
        }

        public void End()
        {
            _attempts.Ended(0, Good, canReplay: true, 0, 0);
            _attempts.Abandon(0);
        }
    }
}
