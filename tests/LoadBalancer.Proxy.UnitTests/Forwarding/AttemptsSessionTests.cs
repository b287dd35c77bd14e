using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Sessions;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

/// <summary>Which destination serves a request that has a session.</summary>
public sealed class AttemptsSessionTests
{
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(30);

    private readonly ClusterRegistry _registry = Make.Registry(Make.Cluster("web", new() { SessionAffinity = new() { Enabled = true }, DrainTimeout = DrainTimeout }, "a", "b", "c"));

    private Cluster Cluster => _registry.Find("web")!;

    private Destination C => Cluster.Named("c");

    [Fact]
    public void Its_destination_serves_it_whoever_has_the_turn() =>
        Assert.All(Enumerable.Range(0, 5), _ =>
        {
            var line = Line(SessionKind.Known);
            Assert.Equal(("c", SessionFate.Kept), (line.Serve(), line.Fate));
        });

    [Theory]
    [InlineData((int)SessionKind.New, SessionFate.Begun)]
    [InlineData((int)SessionKind.Lost, SessionFate.Moved)]
    internal void Without_a_destination_one_is_picked_and_the_client_told(int kind, SessionFate fate)
    {
        var line = Line((SessionKind)kind);

        Assert.Equal(("a", fate), (line.Serve(), line.Fate));
    }

    [Fact]
    public void One_that_drains_still_serves_its_sessions_and_nobody_else()
    {
        _registry.SetState(Cluster, C, OperatorState.Draining);

        Assert.Equal("c a b a b", $"{Line(SessionKind.Known).Serve()} {Line(SessionKind.New).Serve()} {Line(SessionKind.New).Serve()} {Line(SessionKind.New).Serve()} {Line(SessionKind.New).Serve()}");
    }

    [Fact]
    public void After_the_drain_timeout_its_sessions_move()
    {
        _registry.SetState(Cluster, C, OperatorState.Draining);
        var line = Line(SessionKind.Known, now: TimeProvider.System.MonotonicTicks() + DrainTimeout.Ticks + TimeSpan.TicksPerSecond);

        Assert.Equal(("a", SessionFate.Moved), (line.Serve(), line.Fate));
    }

    [Fact]
    public void One_that_is_down_has_no_sessions()
    {
        _registry.SetState(Cluster, C, OperatorState.Down);

        Assert.Equal("a", Line(SessionKind.Known).Serve());
    }

    [Fact]
    public void One_without_weight_serves_its_sessions_and_nobody_else()
    {
        _registry.SetWeight(Cluster, C, 0);

        Assert.Equal("c a b a", $"{Line(SessionKind.Known).Serve()} {Line(SessionKind.New).Serve()} {Line(SessionKind.New).Serve()} {Line(SessionKind.New).Serve()}");
    }

    [Fact]
    public void When_it_fails_another_takes_the_request_and_the_session()
    {
        var line = Line(SessionKind.Known);

        Assert.Equal(("c", "a"), (line.Next(), line.Fail(Outcome.ConnectFailed)));
        line.Relay();
        Assert.Equal(SessionFate.Moved, line.Fate);
    }

    [Fact]
    public void A_strict_one_is_refused_when_its_destination_is_not_there()
    {
        _registry.SetState(Cluster, C, OperatorState.Down);

        Assert.Equal(("503", "503", "a"), (Line(SessionKind.Known, isStrict: true).Next(), Line(SessionKind.Lost, isStrict: true).Next(), Line(SessionKind.New, isStrict: true).Next()));
    }

    [Theory]
    [InlineData(Outcome.ConnectFailed, "503")]
    [InlineData(Outcome.Reset, "c")]
    public void A_strict_one_is_never_sent_to_another(Outcome outcome, string expected)
    {
        var line = Line(SessionKind.Known, isStrict: true);
        line.Next();

        Assert.Equal(expected, line.Fail(outcome));
    }

    [Fact]
    public void Nothing_stays_in_flight()
    {
        var line = Line(SessionKind.Known);
        line.Serve();

        Assert.Equal(0, C.Load.InFlight);
    }

    private SessionLine Line(SessionKind kind, bool isStrict = false, long? now = null) =>
        new(Cluster, new Affinity(null, new Session(kind, kind == SessionKind.Known ? C : null), isStrict), now ?? TimeProvider.System.MonotonicTicks());

    private sealed class SessionLine
    {
        private readonly long _now;
        private Attempts _attempts;

        public SessionLine(Cluster cluster, Affinity affinity, long now)
        {
            _now = now;
            _attempts.Begin(new("r", new(), cluster), cluster, affinity, Traits.Idempotent, now);
        }

        public SessionFate Fate => _attempts.Session;

        public string Next() => Tell(_attempts.Next(_now, 0));

        public string Fail(Outcome outcome) => Tell(_attempts.Ended(0, new AttemptResult(outcome, RequestHeadSent: !outcome.IsNothingSent()), canReplay: true, _now, 0));

        public void Relay() => Assert.Equal(Act.Relay, _attempts.Head(0, new AnswerHead(200), canReplay: true, _now, 0).Act);

        public string Serve()
        {
            var name = Next();
            Relay();
            _attempts.Ended(0, new AttemptResult(Outcome.Success, 200, RequestHeadSent: true, AnswerComplete: true, ToHead: 1), canReplay: true, _now, 0);
            _attempts.Abandon(_now);
            return name;
        }

        private static string Tell(Decision decision) => decision.Act == Act.Send ? decision.Member.Name : $"{decision.Refusal?.Status}";
    }
}
