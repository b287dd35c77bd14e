using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;
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
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private ConfigurationReading? _reading;
    private int _isPending;

    public ClustersInForce(ClusterRegistry registry, Router router, DiscoveredDestinations discovered, TimeProvider time, ILogger<ClustersInForce> logger)
    {
        (_registry, _router, _discovered, _logger) = (registry, router, discovered, logger);
        _timer = time.CreateTimer(_ => Refresh(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
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
            Apply_NeedsLock(reading, reserve, release);
            _reading = reading;
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
    }

    private void Apply_NeedsLock(ConfigurationReading reading, Action reserve, Action release)
    {
        var clusters = _registry.Prepare(ConfiguredDestinations.Define(reading, _discovered.Of, _logger));
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
    }

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
                if (_reading is { } reading && _discovered.HasNews)
                {
                    Apply_NeedsLock(reading, static () => { }, static () => { });
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
