using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>A kind of load.</summary>
internal abstract class Scenario
{
    /// <summary>Every scenario, in the order of a run.</summary>
    public static readonly IReadOnlyList<Scenario> All = [new SmallAnswers("small", clients: 64), new SmallAnswers("small1024", clients: 1024), new LargeAnswers(), new PostedBodies(), new NewConnections()];

    /// <summary>The name that the command line and bars have for it.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, in a few words.</summary>
    public abstract string Description { get; }

    /// <summary>How many clients come at once.</summary>
    public abstract int Clients { get; }

    /// <summary>The path that is asked for.</summary>
    public abstract string Path { get; }

    /// <summary>How long the body of an answer is, in bytes.</summary>
    public abstract int AnswerLength { get; }

    /// <summary>A request as the load has it, to see before whether a proxy answers it as it should.</summary>
    public virtual HttpRequestMessage CreateRequest() => new(HttpMethod.Get, Path);

    /// <summary>What is shown of it: first what it is about, which ratios and bars without a figure compare.</summary>
    public virtual IReadOnlyList<Figure> Columns => Figure.OfRequests;

    /// <summary>Writes what the destinations need, and returns the location, in nginx's words, that answers <see cref="Path"/>.</summary>
    public abstract string PrepareDestination(WorkFolder folder);

    /// <summary>Loads a proxy for a while.</summary>
    public abstract Task<LoadReport> DriveAsync(Drive drive, CancellationToken cancellationToken);
}
