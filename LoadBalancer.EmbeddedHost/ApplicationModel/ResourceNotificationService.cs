using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Knows the latest snapshot of every resource and tells whoever watches about each new one.</summary>
public class ResourceNotificationService
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, ResourceEvent> _latest = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> _watchers = [];

    internal ResourceNotificationService()
    {
    }

    /// <summary>Raised for each new snapshot, with the one before it.</summary>
    internal event Action<CustomResourceSnapshot?, ResourceEvent>? Published;

    /// <summary>Replaces the snapshot of a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="stateFactory">Makes the new snapshot of the old; called under a lock, so it must be quick.</param>
    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ResourceEvent? known;
        ResourceEvent update;
        lock (_lock)
        {
            var before = _latest.TryGetValue(resource.Name, out known)
                ? known.Snapshot
                : new CustomResourceSnapshot { ResourceType = resource.GetType().Name, Properties = [] };
            update = new ResourceEvent(resource, resource.Name, stateFactory(before));
            _latest[resource.Name] = update;
            foreach (var watcher in _watchers)
            {
                watcher.Writer.TryWrite(update);
            }
        }

        Published?.Invoke(known?.Snapshot, update);
        return Task.CompletedTask;
    }

    /// <summary>The latest snapshot of a resource.</summary>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent) =>
        _latest.TryGetValue(resourceId, out resourceEvent);

    /// <summary>First the latest snapshot of every resource, then each new one, without a gap.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>(new UnboundedChannelOptions { SingleReader = true });
        lock (_lock)
        {
            foreach (var current in _latest.Values)
            {
                channel.Writer.TryWrite(current);
            }
            _watchers.Add(channel);
        }

        try
        {
            await foreach (var update in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return update;
            }
        }
        finally
        {
            lock (_lock)
            {
                _watchers.Remove(channel);
            }
        }
    }

    /// <summary>Waits until a resource is in a state.</summary>
    /// <param name="resourceName">Name of the resource.</param>
    /// <param name="targetState">The state; default <c>Running</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    /// <summary>Waits until a resource is in one of some states.</summary>
    /// <returns>The state that it is in.</returns>
    public async Task<string> WaitForResourceAsync(
        string resourceName,
        IEnumerable<string> targetStates,
        CancellationToken cancellationToken = default)
    {
        var states = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var found = await WaitForResourceAsync(
            resourceName,
            update => update.Snapshot.State is { } state && states.Contains(state.Text),
            cancellationToken);
        return found.Snapshot.State!.Text;
    }

    /// <summary>Waits until what is seen of a resource meets a condition.</summary>
    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName,
        Func<ResourceEvent, bool> predicate,
        CancellationToken cancellationToken = default)
    {
        await foreach (var update in WatchAsync(cancellationToken))
        {
            if (string.Equals(update.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(update))
            {
                return update;
            }
        }

        throw new OperationCanceledException($"The resource '{resourceName}' was not seen in the awaited state.", cancellationToken);
    }

    /// <summary>Waits until a resource runs and all its health checks are content.</summary>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, update => update.Snapshot.HealthStatus == HealthStatus.Healthy, cancellationToken);
}

/// <summary>A new snapshot of a resource.</summary>
/// <param name="resource">The resource.</param>
/// <param name="resourceId">Its id; in this host the same as its name.</param>
/// <param name="snapshot">What is seen of it now.</param>
public class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    /// <summary>The resource.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>Its id; in this host the same as its name.</summary>
    public string ResourceId { get; } = resourceId;

    /// <summary>What is seen of it now.</summary>
    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}
