using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>Makes the source that finds the destinations of a cluster.</summary>
internal delegate DestinationSource CreateSource(DiscoveryOptions options);

/// <summary>Keeps a source for every cluster that has <see cref="ClusterOptions.Discovery"/>, and who was found by it. A reload that leaves the options of a source as they are leaves it alone.</summary>
internal sealed partial class DiscoveredDestinations : IAsyncDisposable
{
    // No longer than one server that does not answer: a proxy starts without destinations too.
    private static readonly TimeSpan FirstAnswer = TimeSpan.FromSeconds(2);

    private readonly CreateSource _create;
    private readonly ProxyMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<DiscoveredDestinations> _logger;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];

    public DiscoveredDestinations(CreateSource create, ProxyMetrics metrics, TimeProvider time, ILogger<DiscoveredDestinations> logger)
    {
        (_create, _metrics, _time, _logger) = (create, metrics, time, logger);
        _timer = time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        metrics.ObserveDiscovery(Observe);
    }

    /// <summary>Whether there is something that <see cref="Of"/> has not told yet.</summary>
    public bool HasNews
    {
        get
        {
            lock (_lock)
            {
                return _entries.Exists(entry => entry.HasNews);
            }
        }
    }

    /// <summary>Happens after what <see cref="Of"/> says has changed. Whoever hears of it must not wait.</summary>
    public event Action? Changed;

    /// <summary>Starts the sources that a configuration needs and that do not run yet, and waits a little for their first answers. Those that run go on.</summary>
    public async Task PrepareAsync(LoadBalancerOptions options, CancellationToken cancellationToken)
    {
        var missing = new List<Entry>();
        foreach (var (cluster, wanted) in options.Clusters)
        {
            if (wanted.Discovery is { } discovery && Find(cluster, discovery) is null)
            {
                missing.Add(Start(cluster, wanted, discovery));
            }
        }

        if (missing.Count == 0)
        {
            return;
        }

        try
        {
            await Task.WhenAll(missing.Select(entry => entry.Source.First)).WaitAsync(FirstAnswer, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // They go on asking.
        }
    }

    /// <summary>Who was found for a cluster, by the options that it has in a configuration that was prepared.</summary>
    public IReadOnlyCollection<DestinationDefinition> Of(string cluster, DiscoveryOptions options)
    {
        lock (_lock)
        {
            if (Find_NeedsLock(cluster, options) is not { } entry)
            {
                return [];
            }

            entry.HasNews = false;
            return entry.Roster.Definitions;
        }
    }

    /// <summary>Takes over the times of a configuration, and stops the sources that it does not need: when it was put in force, or when another one was not.</summary>
    public async Task SettleAsync(LoadBalancerOptions options)
    {
        Entry[] others;
        lock (_lock)
        {
            others = [.. _entries.Where(entry => !(options.Clusters.TryGetValue(entry.Cluster, out var cluster) && cluster.Discovery is { } discovery && discovery.IsSameAs(entry.Options)))];
            _entries.RemoveAll(others.Contains);
            _entries.ForEach(entry => entry.DrainTimeout = options.Clusters[entry.Cluster].DrainTimeout);
        }

        await Task.WhenAll(others.Select(entry => entry.Source.DisposeAsync().AsTask()));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await SettleAsync(new LoadBalancerOptions());
    }

    private Entry? Find(string cluster, DiscoveryOptions options)
    {
        lock (_lock)
        {
            return Find_NeedsLock(cluster, options);
        }
    }

    private Entry? Find_NeedsLock(string cluster, DiscoveryOptions options) =>
        _entries.Find(entry => entry.Cluster.Equals(cluster, StringComparison.OrdinalIgnoreCase) && entry.Options.IsSameAs(options));

    // Where another source is replaced, whom that has found stays until the new one answers, and leaves then if it is not found again.
    private Entry Start(string cluster, ClusterOptions options, DiscoveryOptions discovery)
    {
        var entry = new Entry(cluster, discovery, _create(discovery)) { DrainTimeout = options.DrainTimeout };
        lock (_lock)
        {
            if (_entries.Find(other => other.Cluster.Equals(cluster, StringComparison.OrdinalIgnoreCase)) is { } before)
            {
                entry.Roster.TakeOver(before.Roster);
            }

            _entries.Add(entry);
        }

        entry.Source.Start(answer => Take(entry, answer));
        return entry;
    }

    private void Take(Entry entry, DiscoveryAnswer answer)
    {
        RosterChange? change = null;
        int count;
        lock (_lock)
        {
            if (answer.Found is { } found)
            {
                change = entry.Roster.Take(found, _time.GetUtcNow(), entry.DrainTimeout, answer.Unfit);
                entry.HasNews |= change.IsAny;
                Wait_NeedsLock();
            }

            count = entry.Roster.Definitions.Count(definition => definition.LeavesAt is null);
        }

        _metrics.Discovered(entry.Cluster, isFound: answer.Found is not null);
        Tell(entry, answer, count);
        if (change is { IsAny: true })
        {
            change.Came.ForEach(came => Log.Came(_logger, entry.Cluster, came.Name, entry.Source.Name));
            change.Leaves.ForEach(left => Log.Leaves(_logger, entry.Cluster, left.Name, entry.Source.Name, SpanText.Format(entry.DrainTimeout)));
            Changed?.Invoke();
        }
    }

    // One line when it begins to fail and one when it is over, however often it is asked meanwhile.
    private void Tell(Entry entry, DiscoveryAnswer answer, int count)
    {
        var isFailing = answer.Found is null;
        if (isFailing != entry.IsFailing)
        {
            entry.IsFailing = isFailing;
            if (!isFailing)
            {
                Log.Recovered(_logger, entry.Cluster, entry.Source.Name, count);
            }
            else if (count > 0)
            {
                Log.Failing(_logger, entry.Cluster, entry.Source.Name, answer.Failure, count);
            }
            else
            {
                Log.FailingEmpty(_logger, entry.Cluster, entry.Source.Name, answer.Failure);
            }
        }
    }

    private void Sweep()
    {
        bool isAny;
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var swept = _entries.FindAll(entry => entry.Roster.Sweep(now));
            swept.ForEach(entry => entry.HasNews = true);
            isAny = swept.Count > 0;
            Wait_NeedsLock();
        }

        if (isAny)
        {
            Changed?.Invoke();
        }
    }

    private void Wait_NeedsLock()
    {
        if (_entries.Min(entry => entry.Roster.NextDeparture) is { } next)
        {
            var pause = next - _time.GetUtcNow();
            _timer.Change(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private List<DiscoveryReading> Observe()
    {
        lock (_lock)
        {
            return _entries.ConvertAll(entry => new DiscoveryReading(entry.Cluster, entry.Roster.Definitions.Count(definition => definition.LeavesAt is null), entry.IsFailing));
        }
    }

    private sealed class Entry(string cluster, DiscoveryOptions options, DestinationSource source)
    {
        public string Cluster { get; } = cluster;

        public DiscoveryOptions Options { get; } = options;

        public DestinationSource Source { get; } = source;

        public Roster Roster { get; } = new();

        public TimeSpan DrainTimeout { get; set; }

        public bool HasNews { get; set; }

        public bool IsFailing { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "cluster {Cluster}: the following host was found {Destination} ({Source})")]
        public static partial void Came(ILogger logger, string cluster, string destination, string source);

        [LoggerMessage(2, LogLevel.Information, "cluster {Cluster}: the following host is gone {Destination} ({Source}); its sessions have {Time}")]
        public static partial void Leaves(ILogger logger, string cluster, string destination, string source, string time);

        [LoggerMessage(3, LogLevel.Warning, "cluster {Cluster}: {Source} cannot be looked up: {Failure}; the last answer stays, destinations: {Count}")]
        public static partial void Failing(ILogger logger, string cluster, string source, string failure, int count);

        [LoggerMessage(4, LogLevel.Warning, "cluster {Cluster}: {Source} cannot be looked up: {Failure}; nothing was found as yet")]
        public static partial void FailingEmpty(ILogger logger, string cluster, string source, string failure);

        [LoggerMessage(5, LogLevel.Information, "cluster {Cluster}: {Source} is looked up again, destinations: {Count}")]
        public static partial void Recovered(ILogger logger, string cluster, string source, int count);
    }
}
