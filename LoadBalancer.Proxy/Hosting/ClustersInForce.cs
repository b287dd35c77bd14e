using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>Puts clusters and the routes to them in force: those of a new configuration, and those of the present one when other destinations are found.</summary>
internal sealed partial class ClustersInForce : IDisposable
{
    // What comes together is put in force together: a rollout of hundreds is no reason to make hundreds of route tables.
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(50);

    private readonly ClusterRegistry _registry;
    private readonly Router _router;
    private readonly DiscoveredDestinations _discovered;
    private readonly ILogger<ClustersInForce> _logger;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly ITimer _departure;
    private readonly Lock _lock = new();
    private ConfigurationReading? _reading;
    private OperatorMembership _membership = OperatorMembership.None;
    private int _isPending;

    public ClustersInForce(ClusterRegistry registry, Router router, DiscoveredDestinations discovered, TimeProvider time, ILogger<ClustersInForce> logger)
    {
        (_registry, _router, _discovered, _time, _logger) = (registry, router, discovered, time, logger);
        _timer = time.CreateTimer(_ => Refresh(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _departure = time.CreateTimer(_ => Refresh(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        discovered.Changed += RefreshSoon;
    }

    /// <summary>Begins to look for the destinations of a configuration, and waits a little for whom there is. <see cref="SettleAsync"/> must follow.</summary>
    public Task PrepareAsync(ConfigurationReading reading, CancellationToken cancellationToken) => _discovered.PrepareAsync(reading.Options, cancellationToken);

    /// <summary>Puts a configuration in force that was prepared.</summary>
    /// <param name="reading">The configuration.</param>
    /// <param name="reserve">Takes what may still fail, when everything else has not.</param>
    /// <param name="release">Gives that back where the rest fails after all.</param>
    public void Apply(ConfigurationReading reading, Action reserve, Action release)
    {
        lock (_lock)
        {
            Apply_NeedsLock(reading, _membership, reserve, release);
            _reading = reading;
        }
    }

    /// <summary>Adds a destination by the operator's word, or puts back one that was removed. It holds until it is removed, also over reloads.</summary>
    /// <param name="cluster">Its cluster.</param>
    /// <param name="address">Where requests go.</param>
    /// <param name="name">Its name, or null for host and port.</param>
    /// <param name="weight">Its weight, or null for 1; of one that is put back, for what it had.</param>
    /// <returns>The destination as it then is, or why it was not added.</returns>
    public (Member? Member, MembershipRefusal? Refusal) Add(string cluster, Uri address, string? name, int? weight)
    {
        lock (_lock)
        {
            if (_registry.Find(cluster) is not { } found || _reading is not { } reading)
            {
                return (null, new MembershipRefusal(StatusCodes.Status404NotFound, $"There is no cluster '{cluster}'."));
            }

            var members = found.Standing.Members.ToArray();
            if (Find(members, address) is { Definition.LeavesAt: null } there)
            {
                return (null, new MembershipRefusal(StatusCodes.Status409Conflict, $"Cluster '{cluster}' has {DestinationAddress.TextOf(address)} already, as '{there.Name}'."));
            }

            if (name is not null && Array.Exists(members, member => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && !IsAt(member, address)))
            {
                return (null, new MembershipRefusal(StatusCodes.Status409Conflict, $"Cluster '{cluster}' has another destination of the name '{name}'."));
            }

            if (address.Scheme == Uri.UriSchemeHttps && EngineChoice.Of(reading.Options, reading.Services).Listeners.Any(listener => listener.Engine == EngineKind.EventLoop))
            {
                return (null, new MembershipRefusal(
                    StatusCodes.Status400BadRequest, "address asks for TLS to a destination, which the EventLoop engine does not speak that serves a listener now: configure it, or start with --engine kestrel."));
            }

            var definition = new DestinationDefinition(name ?? NameOf(address), address, Weight: weight ?? 1) { Source = OperatorMembership.Source };
            var isBack = _membership.HasRemoved(cluster, address);
            Apply_NeedsLock(reading, _membership.Add(cluster, definition));
            found = _registry.Find(cluster)!;
            var added = Find(found.Standing.Members.ToArray(), address)!.Value;
            if (isBack && weight is not null && added.Weight != weight)
            {
                _registry.SetWeight(found, added.Destination, weight);
            }

            return (added, null);
        }
    }

    /// <summary>Removes a destination by the operator's word, wherever it comes from: it gets no new requests, keeps its sessions for <see cref="ClusterOptions.DrainTimeout"/>, and is gone then, also over reloads.</summary>
    /// <returns>The destination as it leaves.</returns>
    public Member Remove(string cluster, Member member)
    {
        lock (_lock)
        {
            if (_registry.Find(cluster) is { } found && _reading is { } reading && Find(found.Standing.Members.ToArray(), member.Definition.Address) is { } there)
            {
                var at = _time.GetUtcNow() + found.Options.DrainTimeout;
                Apply_NeedsLock(reading, _membership.Remove(cluster, there.Definition, at));
                return Find(_registry.Find(cluster)!.Standing.Members.ToArray(), member.Definition.Address)
                    ?? new Member(there.Destination, there.Definition with { LeavesAt = at, IsRemovedByOperator = true });
            }

            return member;
        }
    }

    /// <summary>Finds what is wrong with the clusters of a configuration, without looking for destinations of it.</summary>
    /// <exception cref="ConfigurationException">Something is.</exception>
    public void Check(ConfigurationReading reading) => ConfiguredDestinations.Define(reading, _discovered.Of, NullLogger.Instance);

    /// <summary>Stops looking for what the configuration in force does not need.</summary>
    public Task SettleAsync() => _discovered.SettleAsync(_reading?.Options ?? new LoadBalancerOptions());

    /// <inheritdoc />
    public void Dispose()
    {
        _discovered.Changed -= RefreshSoon;
        _timer.Dispose();
        _departure.Dispose();
    }

    // Nothing but the clusters changes, so that there is nothing to be taken.
    private void Apply_NeedsLock(ConfigurationReading reading, OperatorMembership membership) =>
        Apply_NeedsLock(reading, membership, reserve: static () => { }, release: static () => { });

    private void Apply_NeedsLock(ConfigurationReading reading, OperatorMembership membership, Action reserve, Action release)
    {
        var named = ConfiguredDestinations.Define(reading, _discovered.Of, _logger);
        membership = membership.Sweep(_time.GetUtcNow());
        var clusters = _registry.Prepare(named.ConvertAll(membership.Apply));
        var routes = RouteTable.Create(reading.Options, clusters.Find, _router.Current);
        reserve();
        try
        {
            _registry.Commit(clusters, () => _router.Publish(routes));
        }
        catch
        {
            release();
            throw;
        }

        _membership = membership.Settle(named);
        WaitForDeparture_NeedsLock();
    }

    private void WaitForDeparture_NeedsLock()
    {
        if (_membership.NextDeparture is { } next)
        {
            var pause = next - _time.GetUtcNow();
            _departure.Change(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private static Member? Find(Member[] members, Uri address) => Array.FindIndex(members, member => IsAt(member, address)) is >= 0 and var index ? members[index] : null;

    private static bool IsAt(Member member, Uri address) => DestinationAddress.KeyOf(member.Definition.Address) == DestinationAddress.KeyOf(address);

    private static string NameOf(Uri address) => SocketHost.PathIn(address.IdnHost) ?? address.Authority;

    private void RefreshSoon()
    {
        if (Interlocked.Exchange(ref _isPending, 1) == 0)
        {
            _timer.Change(Together, Timeout.InfiniteTimeSpan);
        }
    }

    private void Refresh()
    {
        Volatile.Write(ref _isPending, 0);
        try
        {
            lock (_lock)
            {
                if (_reading is { } reading && (_discovered.HasNews || _membership.NextDeparture <= _time.GetUtcNow()))
                {
                    Apply_NeedsLock(reading, _membership);
                }
            }
        }
        catch (Exception exception)
        {
            // Ours is the fault. The next change may do better.
            Log.RefreshFailed(_logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "destinations that were found could not be put in force")]
        public static partial void RefreshFailed(ILogger logger, Exception exception);
    }
}
