using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

/// <summary>A registry of one cluster, whose requests end as the test says.</summary>
public abstract class EjectionRig
{
    private protected static readonly OutlierDetectionOptions Detection = new() { ConsecutiveFailures = 5 };

    private protected ManualTimeProvider Clock { get; } = new();

    private protected ClusterRegistry Registry { get; }

    private protected List<EjectionChange> Changes { get; } = [];

    protected EjectionRig()
    {
        Registry = Make.Registry(Clock);
        Registry.EjectionChanged += Changes.Add;
    }

    private protected Cluster Web => Registry.Find("web")!;

    private protected string Available => Web.Standing.Available.Names();

    private protected static OutlierDetectionOptions Slow() => new() { ConsecutiveFailures = 0, Latency = new() };

    private protected Ejection? Ejection(string name) => Web.Named(name).Ejection;

    private protected void Apply(OutlierDetectionOptions? detection, params string[] names) => Apply(detection, new ClusterOptions(), names);

    private protected void Apply(OutlierDetectionOptions? detection, ClusterOptions options, params string[] names) =>
        Registry.Apply([Make.Cluster("web", options with { OutlierDetection = detection }, names)]);

    private protected void Fail(string name, int count, Outcome outcome = Outcome.Reset) => End(name, new AttemptResult(outcome, RequestHeadSent: true), count);

    private protected void Succeed(string name, int count) => End(name, new AttemptResult(Outcome.Success, 200, RequestHeadSent: true), count);

    private protected void Answer(params (string Name, double Milliseconds)[] answers) => Array.ForEach(
        answers, answer => End(answer.Name, new AttemptResult(Outcome.Success, 200, RequestHeadSent: true, ToHead: (long)(answer.Milliseconds * TimeSpan.TicksPerMillisecond)), 10));

    private protected void End(string name, AttemptResult result, int count = 1)
    {
        var destination = Web.Named(name);
        for (var i = 0; i < count; i++)
        {
            destination.End(result, Clock.GetUtcNow().Ticks);
        }
    }

    private protected sealed class Events(ClusterRegistry registry) : IDisposable
    {
        private readonly Subscription _subscription = registry.Subscribe();

        public List<DestinationChange> Kinds()
        {
            var kinds = new List<DestinationChange>();
            while (_subscription.Entries.TryRead(out var entry))
            {
                kinds.AddRange(entry.OfType<DestinationChanged>().Select(change => change.Change));
            }

            return kinds;
        }

        public void Dispose() => registry.Unsubscribe(_subscription);
    }
}
