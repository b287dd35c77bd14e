using System.Collections.Immutable;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using LoadBalancer.EmbeddedHost.Launching;

namespace LoadBalancer.EmbeddedHost.Running;

/// <summary>One project over its starts and stops. Restarts nothing by itself: a process that ends stays ended until someone starts it.</summary>
internal sealed class ProjectRunner(
    ProjectResource resource,
    DistributedApplicationExecutionContext executionContext,
    ResourcePublisher publisher,
    ResourceLoggerService logs,
    ResourceHealthPoller health,
    TimeProvider time) : IDisposable
{
    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(25);

    // Start, stop and restart are one at a time.
    private readonly SemaphoreSlim _gate = new(1);
    private ChildProcess? _child;
    private Task _ended = Task.CompletedTask;
    private volatile bool _stopping;

    public ProjectResource Resource => resource;

    /// <summary>Starts the process unless it runs.</summary>
    /// <returns>Null, or why it could not be started.</returns>
    public async Task<string?> StartAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _ended.IsCompleted ? await StartCoreAsync(cancellationToken) : null;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Asks the process to end, and ends it after the grace.</summary>
    public async Task StopAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_child is not { } child || _ended.IsCompleted)
            {
                return;
            }

            _stopping = true;
            publisher.Publish(resource, before => before with { State = KnownResourceStates.Stopping });
            await child.StopAsync(grace, time);
            await _ended;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Waits until the process accepts connections on all its endpoints, has ended, or the time is over.</summary>
    public async Task WaitUntilListeningAsync(CancellationToken cancellationToken)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            while (!_ended.IsCompleted && !cancellationToken.IsCancellationRequested && !await Listening.IsAcceptedAsync(endpoint.AllocatedEndpoint!.Port))
            {
                await Task.Delay(ReadyPoll, time, CancellationToken.None);
            }
        }
    }

    /// <summary>Ends the process without asking.</summary>
    public void Kill() => _child?.Kill();

    public void Dispose()
    {
        _child?.Dispose();
        _gate.Dispose();
    }

    private async Task<string?> StartCoreAsync(CancellationToken cancellationToken)
    {
        _stopping = false;
        publisher.Publish(resource, before => before with
        {
            State = KnownResourceStates.Starting,
            ExitCode = null,
            StopTimeStamp = null,
            HealthReports = ResourcePublisher.Unasked(resource),
        });

        var asked = await ProjectEnvironment.ResolveAsync(resource, executionContext, cancellationToken);
        var project = resource.Annotations.OfType<IProjectMetadata>().Last();
        var program = (project as IProgramMetadata)?.ProgramPath;
        try
        {
            if (program is null || !File.Exists(program))
            {
                throw new DistributedApplicationException($"{program ?? "its program"} is not there; build {project.ProjectPath} first");
            }

            _child?.Dispose();
            _child = await ChildProcess.StartAsync(
                program,
                [],
                Path.GetDirectoryName(project.ProjectPath)!,
                ProjectEnvironment.WithSurroundings(asked),
                (line, isError) => logs.Append(resource.Name, line, isError));
        }
        catch (Exception exception) when (exception is DistributedApplicationException or System.ComponentModel.Win32Exception)
        {
            logs.Append(resource.Name, exception.Message, isErrorMessage: true);
            publisher.Publish(resource, before => before with { State = new(KnownResourceStates.FailedToStart, "error") });
            return exception.Message;
        }

        var child = _child;
        publisher.Publish(resource, before => before with
        {
            State = new(KnownResourceStates.Running, "success"),
            StartTimeStamp = time.GetUtcNow().UtcDateTime,
            Properties = Facts(child, program, project),
            EnvironmentVariables = [.. asked.OrderBy(variable => variable.Key, StringComparer.Ordinal)
                .Select(variable => new EnvironmentVariableSnapshot(variable.Key, variable.Value, IsFromSpec: true))],
        });
        _ended = WatchAsync(child);
        return null;
    }

    private async Task WatchAsync(ChildProcess child)
    {
        using var polling = new CancellationTokenSource();
        var polled = health.PollAsync(resource, polling.Token);
        var exitCode = await child.Exited;
        await polling.CancelAsync();
        await polled;

        publisher.Publish(resource, before => before with
        {
            State = _stopping
                ? new ResourceStateSnapshot(KnownResourceStates.Exited, "info")
                : new ResourceStateSnapshot(KnownResourceStates.Finished, exitCode == 0 ? "info" : "error"),
            ExitCode = exitCode,
            StopTimeStamp = time.GetUtcNow().UtcDateTime,
            HealthReports = ResourcePublisher.Unasked(resource),
        });
    }

    // Under the names that the Aspire dashboard shows well.
    private static ImmutableArray<ResourcePropertySnapshot> Facts(ChildProcess child, string program, IProjectMetadata project) =>
    [
        new("project.path", project.ProjectPath),
        new("executable.path", program),
        new("executable.workDir", Path.GetDirectoryName(project.ProjectPath)),
        new("executable.pid", child.Id),
    ];
}
