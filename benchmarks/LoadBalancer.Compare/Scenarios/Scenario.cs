using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>A kind of load.</summary>
internal abstract class Scenario
{
    /// <summary>Every scenario, in the order of a run.</summary>
    public static readonly IReadOnlyList<Scenario> All = [new SmallAnswers("small", clients: 64), new SmallAnswers("small1024", clients: 1024), new LargeAnswers(), new PostedBodies(), new NewConnections(), new IdleConnections(), new WebSocketEcho(), new TwoCpus(), new StartUp()];

    /// <summary>The name that the command line and bars have for it.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, in a few words.</summary>
    public abstract string Description { get; }

    /// <summary>How many clients come at once.</summary>
    public abstract int Clients { get; }

    /// <summary>How many connections clients have at most.</summary>
    public virtual int Connections => Clients;

    /// <summary>The path that is asked for.</summary>
    public abstract string Path { get; }

    /// <summary>How many workers, threads or loops a proxy has. With more than one, nothing is pinned to one of the two CPUs.</summary>
    public virtual int Threads => 1;

    /// <summary>Whether it is about moving bytes, which there are several ways to do.</summary>
    public virtual bool HasLargeBodies => false;

    /// <summary>Whether connections are upgraded.</summary>
    public virtual bool IsTunnel => false;

    /// <summary>Whether our proxies collect and export metrics, as in production.</summary>
    public virtual bool HasTelemetry => true;

    /// <summary>What is shown of it: first what it is about, which ratios and bars without a figure compare.</summary>
    public virtual IReadOnlyList<Figure> Columns => Figure.OfRequests;

    /// <summary>How much of it is to be measured.</summary>
    public virtual Effort Within(Effort effort) => effort;

    /// <summary>Writes what the destinations need, and says how to start them. One process listens on all ports.</summary>
    /// <param name="nginx">The program of nginx.</param>
    public abstract Launch PrepareDestinations(string nginx, IReadOnlyList<int> ports, WorkFolder folder);

    /// <summary>Sees whether a proxy answers a request of the load as it should.</summary>
    /// <exception cref="CompareException">It does not; the message goes on after the name of the proxy.</exception>
    public abstract Task SeeAnswerAsync(HttpClient client, CancellationToken cancellationToken);

    /// <summary>Loads a proxy for a while before it is measured.</summary>
    public virtual Task<LoadReport> WarmUpAsync(Drive drive, CancellationToken cancellationToken) => DriveAsync(drive, cancellationToken);

    /// <summary>Loads a proxy for a while.</summary>
    public abstract Task<LoadReport> DriveAsync(Drive drive, CancellationToken cancellationToken);
}
