using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>A kind of load.</summary>
internal abstract class Scenario
{
    /// <summary>Every scenario, in the order of a run.</summary>
    public static readonly IReadOnlyList<Scenario> All = [new SmallAnswers(), new LargeAnswers()];

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

    /// <summary>Writes what the destinations need, and returns the location, in nginx's words, that answers <see cref="Path"/>.</summary>
    public abstract string PrepareDestination(WorkFolder folder);

    /// <summary>Loads a proxy for a while.</summary>
    /// <param name="proxy">Its address.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="cpu">Where the load generator is to run.</param>
    public abstract Task<LoadReport> DriveAsync(Uri proxy, TimeSpan duration, int cpu, CancellationToken cancellationToken);
}
