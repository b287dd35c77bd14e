using Aspire.Hosting.ApplicationModel;
using LoadBalancer.EmbeddedHost.Dashboard;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace LoadBalancer.EmbeddedHost.Running;

/// <summary>The console of the host: each line begins with the name of whose it is, in its own colour on a terminal.</summary>
internal sealed class ConsoleOutput(TextWriter writer, bool colours)
{
    /// <summary>The name under which the host itself speaks.</summary>
    public const string Host = "apphost";

    // Cyan, yellow, green, magenta, blue and their bright sisters: red is for errors alone.
    private static readonly int[] Palette = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _colours = [];
    private int _width = Host.Length;

    /// <summary>Makes room for the names, so that the lines stand below each other.</summary>
    public void Fit(IEnumerable<string> names) => _width = names.Append(Host).Max(name => name.Length);

    public void WriteLine(string source, string text, bool isError = false)
    {
        lock (_lock)
        {
            var prefix = source.PadRight(_width);
            if (!colours)
            {
                writer.WriteLine($"{prefix} | {text}");
                return;
            }

            var colour = ColourOf_NeedsLock(source);
            writer.WriteLine(isError ? $"\e[{colour}m{prefix} |\e[0m \e[31m{text}\e[0m" : $"\e[{colour}m{prefix} |\e[0m {text}");
        }
    }

    private int ColourOf_NeedsLock(string source)
    {
        if (!_colours.TryGetValue(source, out var colour))
        {
            colour = Palette[_colours.Count % Palette.Length];
            _colours.Add(source, colour);
        }
        return colour;
    }
}

/// <summary>Writes what the resources write, and how they are, to the console.</summary>
internal sealed class ConsoleForwarder(
    ConsoleOutput console,
    DistributedApplicationModel model,
    ResourceLoggerService logs,
    ResourceNotificationService notifications) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        console.Fit(model.Resources.Where(resource => resource is not DashboardResource).Select(resource => resource.Name));
        logs.Written += OnWritten;
        notifications.Published += OnPublished;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        logs.Written -= OnWritten;
        notifications.Published -= OnPublished;
        return Task.CompletedTask;
    }

    private void OnWritten(string resourceName, LogLine line)
    {
        // What the dashboard writes is of no interest to the users of the application.
        if (resourceName != DashboardResource.ResourceName)
        {
            console.WriteLine(resourceName, line.Content, line.IsErrorMessage);
        }
    }

    private void OnPublished(CustomResourceSnapshot? before, ResourceEvent update)
    {
        var now = update.Snapshot;
        if (now.IsHidden)
        {
            return;
        }

        if (now.State?.Text is { } state && state != KnownResourceStates.NotStarted && state != before?.State?.Text)
        {
            var bad = now.State.Style == "error";
            console.WriteLine(ConsoleOutput.Host, $"{update.Resource.Name}: {state}{Detail(now)}", bad);
        }

        if (now.HealthStatus is { } health && health != before?.HealthStatus && (health == HealthStatus.Healthy || before?.HealthStatus is HealthStatus.Healthy))
        {
            // A resource without checks is healthy by nature; only a proof is worth a line.
            if (now.HealthReports.Length > 0)
            {
                console.WriteLine(ConsoleOutput.Host, $"{update.Resource.Name}: {health}{Reason(now, health)}", health != HealthStatus.Healthy);
            }
        }
    }

    private static string Detail(CustomResourceSnapshot snapshot) => snapshot.State!.Text switch
    {
        var state when state == KnownResourceStates.Running => $" ({string.Join(", ", snapshot.Urls.Where(url => url.Name is not null).Select(url => url.Url))})",
        var state when state == KnownResourceStates.Finished || state == KnownResourceStates.Exited => $" (exit code {snapshot.ExitCode})",
        _ => "",
    };

    private static string Reason(CustomResourceSnapshot snapshot, HealthStatus health)
    {
        // Which check it is goes without saying where there is one only.
        var reasons = snapshot.HealthReports
            .Where(report => report.Status == health && report.Description is not null)
            .Select(report => snapshot.HealthReports.Length > 1 ? $"{report.Name}: {report.Description}" : report.Description);
        var text = string.Join("; ", reasons);
        return health == HealthStatus.Healthy || text.Length == 0 ? "" : $" ({text})";
    }
}
