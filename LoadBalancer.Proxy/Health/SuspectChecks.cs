using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Health;

/// <summary>Makes a connection as a request would, and closes it; throws when there is none.</summary>
internal delegate Task ConnectOnce(Uri address, HttpClientOptions options, CancellationToken cancellationToken);

/// <summary>
/// Tries to connect to each destination whose connect timed out, at once and again, until one succeeds.
/// A suspect destination is picked last, so no request might ever find out that it is back.
/// </summary>
/// <param name="registry">Says who is suspect.</param>
/// <param name="connect">Makes a connection.</param>
/// <param name="time">The clock of the timeouts and pauses.</param>
/// <param name="logger">Is told who becomes suspect, and who is so no longer.</param>
internal sealed partial class SuspectChecks(
    ClusterRegistry registry, ConnectOnce connect, TimeProvider time, ILogger<SuspectChecks> logger) : IHostedService, IDisposable
{
    /// <summary>From the end of one try to the start of the next.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Destination> _checked = [];

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        registry.SuspicionChanged += OnChange;
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken)
    {
        registry.SuspicionChanged -= OnChange;
        return _stopping.CancelAsync();
    }

    /// <inheritdoc />
    public void Dispose() => _stopping.Dispose();

    private void OnChange(Cluster cluster, Destination destination)
    {
        var name = NameOf(cluster.Name, destination);
        if (name is null)
        {
            return;
        }

        if (!destination.IsSuspect)
        {
            Log.Reached(logger, name);
            return;
        }

        Log.Suspect(logger, name);
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested || !_checked.Add(destination))
            {
                return;
            }
        }

        _ = CheckAsync(cluster.Name, destination, _stopping.Token);
    }

    private async Task CheckAsync(string cluster, Destination destination, CancellationToken stopping)
    {
        while (!HasEnded(cluster, destination, stopping))
        {
            if (await TryConnectAsync(cluster, destination, stopping))
            {
                destination.Reached();
            }
            else
            {
                await Task.Delay(Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private bool HasEnded(string cluster, Destination destination, CancellationToken stopping)
    {
        lock (_lock)
        {
            return (!destination.IsSuspect || stopping.IsCancellationRequested || NameOf(cluster, destination) is null) && _checked.Remove(destination);
        }
    }

    private async Task<bool> TryConnectAsync(string cluster, Destination destination, CancellationToken stopping)
    {
        if (registry.Find(cluster)?.Options.HttpClient is not { } options)
        {
            return false;
        }

        using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            await connect(destination.Address, options, either.Token);
            return true;
        }
        catch (Exception)
        {
            // Also one that refuses now: requests find that out without a loss of time, but the next one may time out again.
            return false;
        }
    }

    private string? NameOf(string cluster, Destination destination) => registry.Find(cluster)?.MemberOf(destination)?.Name;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "the following host is suspect {Destination} (connect timeout), and picked last until it takes a connection")]
        public static partial void Suspect(ILogger logger, string destination);

        [LoggerMessage(2, LogLevel.Information, "the following host takes connections again {Destination}")]
        public static partial void Reached(ILogger logger, string destination);
    }
}
