using Aspire.Hosting.ApplicationModel;
using Google.Protobuf.WellKnownTypes;
using LoadBalancer.EmbeddedHost.Dashboard.Messages;
using LoadBalancer.EmbeddedHost.Running;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Enum = System.Enum;
using HealthReport = LoadBalancer.EmbeddedHost.Dashboard.Messages.HealthReport;
using Resource = LoadBalancer.EmbeddedHost.Dashboard.Messages.Resource;

namespace LoadBalancer.EmbeddedHost.Dashboard;

/// <summary>Snapshots in the language of the dashboard.</summary>
internal static class ResourceMessages
{
    // The property from which the dashboard makes its tree.
    private const string ParentName = "resource.parentName";

    /// <summary>The name under which the dashboard knows a resource. It finds the telemetry by it: service name, hyphen, instance id.</summary>
    public static string UniqueName(IResource resource) =>
        resource is ProjectResource ? $"{resource.Name}-{InstanceId.Of(resource)}" : resource.Name;

    public static Resource Of(ResourceEvent update)
    {
        var snapshot = update.Snapshot;
        var message = new Resource
        {
            Name = UniqueName(update.Resource),
            Uid = UniqueName(update.Resource),
            DisplayName = update.Resource.Name,
            ResourceType = snapshot.ResourceType,
            CreatedAt = Time(snapshot.CreationTimeStamp),
            StartedAt = Time(snapshot.StartTimeStamp),
            StoppedAt = Time(snapshot.StopTimeStamp),
            IsHidden = snapshot.IsHidden,
            SupportsDetailedTelemetry = update.Resource is ProjectResource,
        };
        if (snapshot.State is { } state)
        {
            message.State = state.Text;
            if (state.Style is { } style)
            {
                message.StateStyle = style;
            }
        }

        var inactive = KnownResourceStates.TerminalStates.Contains(snapshot.State?.Text);
        message.Environment.Add(snapshot.EnvironmentVariables.Select(Of));
        message.Commands.Add(snapshot.Commands.Select(Of));
        message.Properties.Add(snapshot.Properties.Select(fact => new Property { Name = fact.Name, Value = ValueOf(fact.Value) }));
        if (update.Resource.Annotations.OfType<ResourceRelationshipAnnotation>().LastOrDefault(one => one.Type == KnownRelationshipTypes.Parent) is { } parent)
        {
            message.Properties.Add(new Property { Name = ParentName, Value = Value.ForString(UniqueName(parent.Resource)) });
        }
        message.Urls.Add(snapshot.Urls.Select(url => Of(url, inactive)));
        message.HealthReports.Add(snapshot.HealthReports.Select(Of));
        message.Relationships.Add(snapshot.Relationships.Select(one => new Relationship { ResourceName = one.ResourceName, Type = one.Type }));
        return message;
    }

    public static ConsoleLine Of(LogLine line) => new() { Text = line.Content, IsStdErr = line.IsErrorMessage, LineNumber = line.LineNumber };

    private static EnvironmentVariable Of(EnvironmentVariableSnapshot variable)
    {
        var message = new EnvironmentVariable { Name = variable.Name, IsFromSpec = variable.IsFromSpec };
        if (variable.Value is { } value)
        {
            message.Value = value;
        }
        return message;
    }

    private static Command Of(ResourceCommandSnapshot command)
    {
        var message = new Command
        {
            Name = command.Name,
            DisplayName = command.DisplayName,
            IsHighlighted = command.IsHighlighted,
            State = (int)command.State,
        };
        if (command.ConfirmationMessage is { } confirmation)
        {
            message.ConfirmationMessage = confirmation;
        }
        if (command.IconName is { } icon)
        {
            message.IconName = icon;
        }
        if (command.DisplayDescription is { } description)
        {
            message.DisplayDescription = description;
        }
        return message;
    }

    private static Url Of(UrlSnapshot url, bool inactive)
    {
        var message = new Url
        {
            FullUrl = url.Url,
            IsInternal = url.IsInternal,
            IsInactive = inactive,
            DisplayProperties = new UrlDisplay { DisplayName = url.DisplayProperties.DisplayName, SortOrder = url.DisplayProperties.SortOrder },
        };
        if (url.Name is { } endpoint)
        {
            message.EndpointName = endpoint;
        }
        return message;
    }

    private static HealthReport Of(HealthReportSnapshot report)
    {
        var message = new HealthReport
        {
            Key = report.Name,
            Description = report.Description ?? "",
            Exception = report.ExceptionText ?? "",
            LastRunAt = Time(report.LastRunAt),
        };
        if (report.Status is { } status)
        {
            message.Status = status switch
            {
                HealthStatus.Healthy => 0,
                HealthStatus.Unhealthy => 1,
                _ => 2,
            };
        }
        return message;
    }

    private static Timestamp? Time(DateTime? time) => time is { } known ? Timestamp.FromDateTime(known) : null;

    private static Value ValueOf(object? value) => value switch
    {
        null => Value.ForNull(),
        int number => Value.ForNumber(number),
        bool truth => Value.ForBool(truth),
        Enum name => Value.ForString(name.ToString()),
        _ => Value.ForString(value.ToString() ?? ""),
    };
}
