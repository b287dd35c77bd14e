using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Everything that can be seen of a resource at one moment. Never changed, only replaced.</summary>
public sealed record CustomResourceSnapshot
{
    private readonly ResourceStateSnapshot? _state;
    private readonly ImmutableArray<HealthReportSnapshot> _healthReports = [];

    /// <summary>For example <c>Project</c>.</summary>
    public required string ResourceType { get; init; }

    /// <summary>Named facts, such as the process id.</summary>
    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    /// <summary>One of <see cref="KnownResourceStates"/>.</summary>
    public ResourceStateSnapshot? State
    {
        get => _state;
        init
        {
            _state = value;
            HealthStatus = Judge(value, _healthReports);
        }
    }

    /// <summary>The worst of the health reports while the resource runs, healthy when it has no checks; null while it does not run.</summary>
    public HealthStatus? HealthStatus { get; private init; }

    /// <summary>The last result of each health check.</summary>
    public ImmutableArray<HealthReportSnapshot> HealthReports
    {
        get => _healthReports;
        internal init
        {
            _healthReports = value;
            HealthStatus = Judge(_state, value);
        }
    }

    /// <summary>How the last process ended; null while it runs.</summary>
    public int? ExitCode { get; init; }

    /// <summary>When the resource came to be, in UTC.</summary>
    public DateTime? CreationTimeStamp { get; init; }

    /// <summary>When the process was started last, in UTC.</summary>
    public DateTime? StartTimeStamp { get; init; }

    /// <summary>When the process ended last, in UTC.</summary>
    public DateTime? StopTimeStamp { get; init; }

    /// <summary>Whether dashboards show it only to those who ask.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Addresses for people.</summary>
    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];

    /// <summary>The variables that the process was given.</summary>
    public ImmutableArray<EnvironmentVariableSnapshot> EnvironmentVariables { get; init; } = [];

    /// <summary>What can be done with the resource now.</summary>
    public ImmutableArray<ResourceCommandSnapshot> Commands { get; init; } = [];

    /// <summary>How the resource stands to others.</summary>
    public ImmutableArray<RelationshipSnapshot> Relationships { get; init; } = [];

    private static HealthStatus? Judge(ResourceStateSnapshot? state, ImmutableArray<HealthReportSnapshot> reports)
    {
        if (state?.Text != KnownResourceStates.Running)
        {
            return null;
        }

        // A check that has not answered yet counts as unhealthy: nobody may be sent to a resource that never proved itself.
        return reports.IsDefaultOrEmpty
            ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
            : reports.Min(report => report.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy);
    }
}

/// <summary>The state of a resource.</summary>
/// <param name="Text">One of <see cref="KnownResourceStates"/>.</param>
/// <param name="Style">How a dashboard may colour it.</param>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    /// <summary>A state without a style.</summary>
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new ResourceStateSnapshot(s, null);
}

/// <summary>A named fact about a resource.</summary>
/// <param name="Name">Name of the fact.</param>
/// <param name="Value">The fact.</param>
public sealed record ResourcePropertySnapshot(string Name, object? Value);

/// <summary>An address for people.</summary>
/// <param name="Name">Name of the endpoint, if it is one.</param>
/// <param name="Url">The address.</param>
/// <param name="IsInternal">Whether it is for details only.</param>
public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal)
{
    /// <summary>How it is shown.</summary>
    public UrlDisplayPropertiesSnapshot DisplayProperties { get; init; } = new();
}

/// <summary>How an address is shown.</summary>
/// <param name="DisplayName">The text in place of the address.</param>
/// <param name="SortOrder">Higher ones come first.</param>
public sealed record UrlDisplayPropertiesSnapshot(string DisplayName = "", int SortOrder = 0);

/// <summary>A variable that a process was given.</summary>
/// <param name="Name">Name of the variable.</param>
/// <param name="Value">Value of the variable.</param>
/// <param name="IsFromSpec">Whether the application asked for it, in contrast to the surroundings of the host.</param>
public sealed record EnvironmentVariableSnapshot(string Name, string? Value, bool IsFromSpec);

/// <summary>How a resource stands to another.</summary>
/// <param name="ResourceName">The other resource.</param>
/// <param name="Type">For example <c>Parent</c>.</param>
public sealed record RelationshipSnapshot(string ResourceName, string Type);

/// <summary>The last result of one health check.</summary>
/// <param name="Name">Name of the check.</param>
/// <param name="Status">The result; null before the first run.</param>
/// <param name="Description">The reason in words.</param>
/// <param name="ExceptionText">What went wrong in the check itself.</param>
public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText)
{
    /// <summary>When the check ran last, in UTC.</summary>
    public DateTime? LastRunAt { get; init; }
}

/// <summary>The states that a resource goes through.</summary>
public static class KnownResourceStates
{
    /// <summary>Its process is being started.</summary>
    public static readonly string Starting = nameof(Starting);

    /// <summary>Its process runs.</summary>
    public static readonly string Running = nameof(Running);

    /// <summary>Its process could not be started.</summary>
    public static readonly string FailedToStart = nameof(FailedToStart);

    /// <summary>Its process has been asked to end.</summary>
    public static readonly string Stopping = nameof(Stopping);

    /// <summary>It was stopped.</summary>
    public static readonly string Exited = nameof(Exited);

    /// <summary>Its process ended by itself.</summary>
    public static readonly string Finished = nameof(Finished);

    /// <summary>It waits for its first start.</summary>
    public static readonly string NotStarted = nameof(NotStarted);

    /// <summary>The states that only a new start leaves.</summary>
    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}
