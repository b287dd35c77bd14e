using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

/// <summary>One request on a time line of its own: plays the engine, and writes down what it was told to do.</summary>
internal sealed class RequestLine
{
    private readonly ClusterRegistry _registry;
    private readonly List<string> _asked = [];
    private readonly Random _random = new(1);
    private readonly Waiter _waiter = new();
    private Attempts _attempts;

    public RequestLine(ClusterOptions options, string destinations, Traits traits = Traits.Idempotent, RouteOptions? route = null, Affinity affinity = default, CreatePicker? createPicker = null)
        : this(Make.Registry(createPicker: createPicker), options, destinations, traits, route, affinity)
    {
    }

    /// <summary>A further request of a cluster.</summary>
    public RequestLine(RequestLine other, Affinity affinity = default, double startsAt = 0) : this(other._registry, other.Cluster, Traits.Idempotent, null, affinity, startsAt)
    {
    }

    private RequestLine(ClusterRegistry registry, ClusterOptions options, string destinations, Traits traits, RouteOptions? route, Affinity affinity)
        : this(registry, Define(registry, options, destinations), traits, route, affinity)
    {
    }

    private RequestLine(ClusterRegistry registry, Cluster cluster, Traits traits, RouteOptions? route, Affinity affinity, double startsAt = 0)
    {
        (_registry, Cluster, Now) = (registry, cluster, startsAt);
        _attempts.Begin(new Route("r", route ?? new(), Cluster), Cluster, affinity, traits, Ticks, _waiter);
    }

    public Cluster Cluster { get; }

    public ClusterRegistry Registry => _registry;

    /// <summary>The time, in seconds.</summary>
    public double Now { get; set; }

    public bool CanReplay { get; set; } = true;

    public bool IsBodyWhole { get; set; } = true;

    /// <summary>The destinations that were sent to, in order.</summary>
    public string Asked => string.Join(' ', _asked);

    public RequestOutcome EndedIn => _attempts.EndedIn;

    /// <summary>The destination that decided about the request.</summary>
    public string? Last => _attempts.Last?.Name;

    /// <summary>When to wake it, in seconds; null for never.</summary>
    public double? WakeAt => _attempts.WakeAt == long.MaxValue ? null : TimeSpan.FromTicks(_attempts.WakeAt).TotalSeconds;

    private long Ticks => TimeSpan.FromSeconds(Now).Ticks;

    private ulong Dice => (ulong)_random.NextInt64() << 1;

    public Decision Next() => Note(_attempts.Next(Ticks, Dice));

    public Decision Head(int status, int slot = 0) => Head(new AnswerHead(status), slot);

    public Decision Head(AnswerHead head, int slot = 0) => Note(_attempts.Head(slot, head, CanReplay, Ticks, Dice));

    public Decision Ended(AttemptResult result, int slot = 0) => Note(_attempts.Ended(slot, result, CanReplay, Ticks, Dice));

    /// <summary>Ends the attempt by an outcome, with what goes with it.</summary>
    public Decision Ended(Outcome outcome, int slot = 0) => Ended(new AttemptResult(outcome, RequestHeadSent: !outcome.IsNothingSent()), slot);

    public Decision Woken() => Note(_attempts.Woken(IsBodyWhole, Ticks, Dice));

    /// <summary>What the attempt in this slot ended in.</summary>
    public Outcome OutcomeOf(int slot) => _attempts.OutcomeOf(slot);

    public void Moved() => _attempts.Moved(Ticks);

    public void Abandon() => _attempts.Abandon(Ticks);

    /// <summary>How often it was woken for a place.</summary>
    public int WokenForPlace => _waiter.Woken;

    /// <summary>Plays the request to its end.</summary>
    /// <param name="script">How each destination behaves, by name: an outcome, a status, or <c>hang</c> and <c>dark</c> for one that answers or connects never.</param>
    /// <returns>The status that the client gets.</returns>
    public int Play(params (string Destination, string Behaviour)[] script)
    {
        var behaviours = script.ToDictionary(line => line.Destination, line => line.Behaviour);
        var decision = Next();
        while (decision.Act == Act.Send)
        {
            decision = Play(behaviours[decision.Member.Name]);
        }

        Abandon();
        return decision.Act == Act.Refuse ? decision.Refusal!.Status : 200;
    }

    private Decision Play(string behaviour)
    {
        if (behaviour is "hang" or "dark")
        {
            Now = WakeAt!.Value;
            Assert.Equal(1, Woken().CancelMask);
            return Ended(new AttemptResult(Outcome.Cancelled, RequestHeadSent: behaviour == "hang"));
        }

        if (int.TryParse(behaviour, out var status))
        {
            Head(status);
            return Ended(new AttemptResult(status >= 500 ? Outcome.ServerError : Outcome.Success, status, RequestHeadSent: true, AnswerComplete: true, ToHead: 1));
        }

        return Ended(Enum.Parse<Outcome>(behaviour));
    }

    private static Cluster Define(ClusterRegistry registry, ClusterOptions options, string destinations)
    {
        registry.Apply([Make.Cluster("web", options, destinations.Split(' ', StringSplitOptions.RemoveEmptyEntries))]);
        return registry.Find("web")!;
    }

    private Decision Note(Decision decision)
    {
        if (decision.Act == Act.Send)
        {
            _asked.Add(decision.Member.Name);
        }

        return decision;
    }

    private sealed class Waiter : PlaceWaiter
    {
        public int Woken { get; private set; }

        public override void Wake() => Woken++;
    }
}
