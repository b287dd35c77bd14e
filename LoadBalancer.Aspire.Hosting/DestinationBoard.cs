using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>The destinations of one load balancer as the dashboard shows them. Used by one loop, never by two threads at once.</summary>
/// <param name="proxy">The load balancer, under which they stand.</param>
/// <param name="overview">Where all of them can be read.</param>
/// <param name="setState">Sets the operator's state of a destination: its cluster, its name, the state.</param>
/// <param name="notifications">The way to the dashboard.</param>
/// <param name="loggers">The consoles of the resources.</param>
/// <param name="model">The resources whose names are taken.</param>
/// <param name="time">The clock.</param>
internal sealed partial class DestinationBoard(
    IResource proxy,
    Func<string> overview,
    Func<string, string, string, CancellationToken, Task<ExecuteCommandResult>> setState,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    DistributedApplicationModel model,
    TimeProvider time)
{
    private const string OverviewUrl = "destinations";

    private readonly Dictionary<(string Cluster, string Name), Tile> _tiles = [];

    /// <summary>Shows what an event says.</summary>
    public async Task ShowAsync(ProxyEvent read)
    {
        if (read is { Kind: ProxyEventKind.Change, Cluster: { } cluster, Destination: { } changed })
        {
            await TakeAsync(cluster, changed, isGone: read.Change == "removed");
        }

        foreach (var (name, destinations) in read.Clusters ?? [])
        {
            foreach (var destination in destinations)
            {
                if (read.Kind == ProxyEventKind.State)
                {
                    await TakeAsync(name, destination, isGone: false);
                }
                else if (_tiles.TryGetValue((name, destination.Name), out var tile))
                {
                    tile.Count(destination);
                }
            }
        }

        if (read is { Kind: ProxyEventKind.State, Clusters: { } all })
        {
            var there = all.SelectMany(each => each.Destinations, (each, destination) => (each.Name, destination.Name)).ToHashSet();
            foreach (var tile in _tiles.Values.Where(tile => !there.Contains((tile.Cluster, tile.View.Name))))
            {
                tile.GoneAt ??= time.GetUtcNow();
            }
        }

        await PublishAsync();
    }

    /// <summary>Shows that nothing is known, for want of news.</summary>
    /// <param name="reason">Why there are none.</param>
    public async Task LoseAsync(string reason)
    {
        foreach (var tile in _tiles.Values)
        {
            await PublishAsync(tile, before => before.Lose(reason));
        }

        if (_tiles.Count > 0)
        {
            await PublishOverviewAsync("destinations unknown", isWarning: true);
        }
    }

    private async Task TakeAsync(string cluster, DestinationView view, bool isGone)
    {
        if (!_tiles.TryGetValue((cluster, view.Name), out var tile))
        {
            if (isGone)
            {
                return;
            }

            tile = _tiles[(cluster, view.Name)] = new Tile(cluster, view, CreateResource(cluster, view.Name));
        }

        // A destination is its address; under a new name it is a new resource.
        foreach (var other in _tiles.Values.Where(other => other != tile && other.Cluster == cluster && other.View.Address == view.Address))
        {
            other.GoneAt ??= time.GetUtcNow();
        }

        tile.View = view;
        tile.GoneAt = isGone ? time.GetUtcNow() : null;
        await PublishAsync(tile);
    }

    private DestinationResource CreateResource(string cluster, string name)
    {
        var taken = _tiles.Values.Select(tile => tile.Resource.Name).Concat(model.Resources.Select(resource => resource.Name)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        string[] names = [DestinationResource.NameOf(proxy.Name, name), DestinationResource.NameOf(proxy.Name, cluster, name)];
        var free = names.FirstOrDefault(one => !taken.Contains(one))
            ?? Enumerable.Range(2, int.MaxValue - 2).Select(n => DestinationResource.NameOf(proxy.Name, n.ToString(CultureInfo.InvariantCulture), name)).First(one => !taken.Contains(one));
        return new DestinationResource(free, (state, cancellationToken) => setState(cluster, name, state, cancellationToken));
    }

    private async Task PublishAsync()
    {
        foreach (var tile in _tiles.Values)
        {
            await PublishAsync(tile);
        }

        var present = _tiles.Values.Where(tile => tile.GoneAt is null).ToList();
        var available = present.Count(tile => tile.View.Available);
        await PublishOverviewAsync($"{available} of {present.Count} available", isWarning: available < present.Count);
    }

    private Task PublishAsync(Tile tile)
    {
        if (tile.GoneAt is { } goneAt)
        {
            var isHidden = time.GetUtcNow() - goneAt >= DestinationSnapshot.ShownAfterEnd;
            return PublishAsync(tile, before => before.Finish(goneAt.UtcDateTime) with { IsHidden = isHidden });
        }

        var total = _tiles.Values.Where(other => other.GoneAt is null && other.Cluster == tile.Cluster).Sum(other => other.View.Requests);
        var share = total == 0 ? (double?)null : (double)tile.View.Requests / total;
        var parent = notifications.TryGetCurrentState(proxy.Name, out var running) ? running.ResourceId : proxy.Name;
        return PublishAsync(tile, before => before.Show(tile.View, tile.Cluster, share, parent));
    }

    private async Task PublishAsync(Tile tile, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        ResourceStateSnapshot? before = null, after = null;
        await notifications.PublishUpdateAsync(tile.Resource, snapshot =>
        {
            before = snapshot.State;
            var changed = change(snapshot.ResourceType == DestinationResource.Type ? snapshot : snapshot with { ResourceType = DestinationResource.Type });
            after = changed.State;
            return changed;
        });

        if (before?.Text != after?.Text)
        {
            var (logger, was, becomes, reason) = (loggers.GetLogger(tile.Resource), before?.Text ?? "new", after?.Text ?? "", tile.View.EjectionReason ?? tile.View.Reason);
            if (string.IsNullOrEmpty(reason))
            {
                Log.StateChanged(logger, was, becomes);
            }
            else
            {
                Log.StateChanged(logger, was, becomes, reason);
            }
        }
    }

    // The host writes the row of a program anew whenever its process changes; then the next event adds this again, a second later at most.
    private Task PublishOverviewAsync(string text, bool isWarning) => notifications.PublishUpdateAsync(proxy, before => before.State?.Text != KnownResourceStates.Running ? before : before with
    {
        State = new ResourceStateSnapshot(KnownResourceStates.Running, isWarning ? KnownResourceStateStyles.Warn : null),
        Urls =
        [
            .. before.Urls.Where(url => url.Name != OverviewUrl),
            new UrlSnapshot(OverviewUrl, overview(), IsInternal: false) { DisplayProperties = new UrlDisplayPropertiesSnapshot(text, SortOrder: 1) },
        ],
    });

    private sealed class Tile(string cluster, DestinationView view, DestinationResource resource)
    {
        public string Cluster { get; } = cluster;

        public DestinationResource Resource { get; } = resource;

        public DestinationView View { get; set; } = view;

        /// <summary>Since when the proxy has it no more; null while it has it.</summary>
        public DateTimeOffset? GoneAt { get; set; }

        public void Count(DestinationView counters) => View = View with
        {
            Reason = counters.Reason,
            InFlight = counters.InFlight,
            Requests = counters.Requests,
            Failures = counters.Failures,
            LatencyMs = counters.LatencyMs,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Before} -> {After} ({Reason})")]
        public static partial void StateChanged(ILogger logger, string before, string after, string reason);

        [LoggerMessage(2, LogLevel.Information, "{Before} -> {After}")]
        public static partial void StateChanged(ILogger logger, string before, string after);
    }
}
