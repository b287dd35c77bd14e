using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using LoadBalancer.EmbeddedHost.Dashboard;
using Microsoft.Extensions.Hosting;

namespace LoadBalancer.EmbeddedHost.Running;

/// <summary>Starts and stops the projects in the order of their references.</summary>
internal sealed class Orchestrator(
    DistributedApplicationModel model,
    DistributedApplicationExecutionContext executionContext,
    PortAllocator ports,
    ResourcePublisher publisher,
    ResourceLoggerService logs,
    ResourceHealthPoller health,
    DashboardHost dashboard,
    TimeProvider time) : IHostedService, IDisposable
{
    /// <summary>All that stopping the whole application may take.</summary>
    public static readonly TimeSpan ShutdownBudget = TimeSpan.FromSeconds(9);

    /// <summary>What one project gets before it is killed, if the budget allows.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(6);

    /// <summary>What every level keeps of the budget however long those before it took.</summary>
    private static readonly TimeSpan ShortestGrace = TimeSpan.FromSeconds(1.5);

    /// <summary>How long the next level waits for one that does not listen. A broken backend must not keep the proxy away.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly Dictionary<IResource, ProjectRunner> _runners = [];
    private IReadOnlyList<IReadOnlyList<IResource>> _levels = [];
    private Task? _stopped;

    /// <inheritdoc />
    /// <exception cref="DistributedApplicationException">A port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;

        // 1. Every address is known before the first process starts: references need them.
        ports.Allocate(model.Resources);
        foreach (var resource in model.Resources)
        {
            if (resource is ProjectResource project)
            {
                var runner = new ProjectRunner(project, executionContext, publisher, logs, health, time);
                _runners.Add(project, runner);
                LifeCycleCommands.AddTo(project, runner, StopGrace);
            }
            await publisher.PublishFirstAsync(resource, time, cancellationToken);
        }

        // 2. The dashboard comes up on its own; telemetry that is too early for it is sent again.
        dashboard.Begin();

        // 3. Those that others refer to come first, so that the proxy finds its backends listening.
        _levels = DependencyOrder.Levels(_runners.Keys);
        foreach (var level in _levels)
        {
            var runners = level.Select(resource => _runners[resource]).ToArray();
            await Task.WhenAll(runners.Select(runner => runner.StartAsync(cancellationToken)));
            if (level != _levels[^1])
            {
                using var timeout = new CancellationTokenSource(LongestWait, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
                await Task.WhenAll(runners.Select(runner => runner.WaitUntilListeningAsync(either.Token)));
            }
        }
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _stopped ??= StopCoreAsync();
        }
    }

    /// <summary>Ends every process without asking.</summary>
    public void KillAll()
    {
        foreach (var runner in _runners.Values)
        {
            runner.Kill();
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        foreach (var runner in _runners.Values)
        {
            runner.Dispose();
        }
    }

    private async Task StopCoreAsync()
    {
        // Those first that use the others: the proxy finishes its requests while the backends can still answer them.
        var began = time.GetTimestamp();
        for (var level = _levels.Count - 1; level >= 0; level--)
        {
            var left = ShutdownBudget - time.GetElapsedTime(began) - (ShortestGrace * level) - DashboardHost.StopGrace;
            var grace = left < ShortestGrace ? ShortestGrace : left > StopGrace ? StopGrace : left;
            await Task.WhenAll(_levels[level].Select(resource => _runners[resource].StopAsync(grace, CancellationToken.None)));
        }

        // Last, for it takes the last words of the others.
        await dashboard.StopAsync();
    }

    // Reached when something ends the host without stopping it first. On Linux the kernel would do the same a moment later.
    private void OnProcessExit(object? sender, EventArgs arguments) => KillAll();
}

/// <summary>The commands that every project has.</summary>
internal static class LifeCycleCommands
{
    public static void AddTo(ProjectResource project, ProjectRunner runner, TimeSpan grace)
    {
        Add(KnownResourceCommands.StartCommand, "Start", "Start the process", "Play", whenRunning: false, Start);
        Add(KnownResourceCommands.StopCommand, "Stop", "Stop the process", "Stop", whenRunning: true, async context =>
        {
            await runner.StopAsync(grace, context.CancellationToken);
            return CommandResults.Success();
        });
        Add(KnownResourceCommands.RestartCommand, "Restart", "Stop the process and start it again", "ArrowCounterclockwise", whenRunning: true, async context =>
        {
            await runner.StopAsync(grace, context.CancellationToken);
            return await Start(context);
        });

        async Task<ExecuteCommandResult> Start(ExecuteCommandContext context) =>
            await runner.StartAsync(context.CancellationToken) is { } error ? CommandResults.Failure(error) : CommandResults.Success();

        void Add(
            string name,
            string displayName,
            string description,
            string icon,
            bool whenRunning,
            Func<ExecuteCommandContext, Task<ExecuteCommandResult>> execute) =>
            project.Annotations.Add(new ResourceCommandAnnotation(
                name,
                displayName,
                context => IsUp(context.ResourceSnapshot) == whenRunning ? ResourceCommandState.Enabled : ResourceCommandState.Hidden,
                execute,
                description,
                confirmationMessage: null,
                icon,
                isHighlighted: name != KnownResourceCommands.RestartCommand));
    }

    private static bool IsUp(CustomResourceSnapshot snapshot) =>
        snapshot.State is { } state && state.Text != KnownResourceStates.NotStarted && !KnownResourceStates.TerminalStates.Contains(state.Text);
}
