using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>Holds the configuration in force, and puts a new one in force when its files change. A bad one changes nothing.</summary>
internal sealed partial class ConfigurationInForce(
    ConfigurationSource source,
    ConfigurationReading first,
    ClustersInForce clusters,
    Listeners listeners,
    Certificates certificates,
    AccessLog accessLog,
    TimeProvider time,
    ILogger<ConfigurationInForce> logger) : BackgroundService, IHostedLifecycleService
{
    // Cheap enough to ask every second; an operator who saves a file expects to see it work.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // One at a time: the look at the files, and the operator's word.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile bool _reloadIsWanted;
    private bool _isStopped;

    /// <summary>The configuration in force.</summary>
    public ConfigurationReading Reading { get; private set; } = first;

    /// <summary>The options in force.</summary>
    public LoadBalancerOptions Options => Reading.Options;

    private bool IsToBeRead => _reloadIsWanted || source.HasChanged();

    /// <inheritdoc />
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ApplyAsync(Reading, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Stops looking, before the web server stops: an address that is reserved from then on would take connections that nobody serves.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await StopAsync(cancellationToken);
        await _turn.WaitAsync(CancellationToken.None);
        _isStopped = true;
        _turn.Release();

        // The last reload may have opened a listener that the web server has not come to, and now does not come to any more.
        listeners.Stop();
    }

    /// <inheritdoc />
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Reads the configuration again at the next look, whether or not a file has changed.</summary>
    public void RequestReload() => _reloadIsWanted = true;

    /// <summary>Reads the configuration again, now, and puts it in force.</summary>
    /// <returns>What has changed by that.</returns>
    /// <exception cref="ConfigurationException">It is wrong, and nothing has changed; or the proxy stops.</exception>
    public async Task<IReadOnlyList<OptionsChange>> ReloadNowAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_isStopped)
            {
                throw new ConfigurationException("", "the proxy stops, and reads no configuration any more");
            }

            var before = Reading;
            await ReadAsync(CancellationToken.None);
            return OptionsDiff.Between(before, Reading);
        }
        catch (ConfigurationException exception)
        {
            Tell(exception);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What a reload would change. Nothing changes, and no socket is bound: that an address cannot be listened on shows in the reload only.</summary>
    /// <param name="file">What the <c>--config</c> file would have in it; null for what it has.</param>
    /// <exception cref="ConfigurationException">The configuration is wrong.</exception>
    public IReadOnlyList<OptionsChange> Preview(Stream? file)
    {
        var reading = source.Preview(file);
        reading.MustServe();
        try
        {
            clusters.Check(reading);
            Listeners.Check(reading.Options, reading.Certificates);
            AccessLogs.Check(reading.Options.AccessLog);
        }
        catch (ConfigurationException exception)
        {
            throw reading.Locate(exception);
        }

        return OptionsDiff.Between(Reading, reading);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(LookEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested && IsToBeRead)
            {
                await ReloadAsync(stoppingToken);
            }
        }
    }

    private async Task ReloadAsync(CancellationToken stoppingToken)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            // The operator's word may have come first, and what is wrong has been told then.
            if (IsToBeRead)
            {
                _reloadIsWanted = false;
                await ReadAsync(stoppingToken);
            }
        }
        catch (ConfigurationException exception)
        {
            Tell(exception);
        }
        catch (OperationCanceledException)
        {
            // The proxy stops.
        }
        catch (Exception exception)
        {
            // Whatever it is, the proxy goes on as it is.
            Log.ReloadFailed(logger, exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var reading = source.Read();
        reading.MustServe();
        await ApplyAsync(reading, cancellationToken);
        source.Host.Publish(reading.Host);
        Log.Reloaded(logger);
    }

    private void Tell(ConfigurationException exception)
    {
        foreach (var error in exception.Errors)
        {
            Log.NotReloaded(logger, error);
        }
    }

    // What can fail comes first, so that it fails as a whole; files and sockets last, for they are the only part that must be undone.
    private async Task ApplyAsync(ConfigurationReading reading, CancellationToken cancellationToken)
    {
        AccessLogTarget? lines = null;
        try
        {
            await clusters.PrepareAsync(reading, cancellationToken);
            lines = OpenAccessLog(reading);
            clusters.Apply(reading, () => Reserve(reading), listeners.Release);
            accessLog.Follow(lines);
            lines = null;
            Reading = reading;
            certificates.ShowToDestinations(reading.Options.Clusters, reading.Certificates);
            listeners.Apply(reading.Options, reading.Services);
        }
        finally
        {
            lines?.Dispose();
            await clusters.SettleAsync();
        }
    }

    private static AccessLogTarget? OpenAccessLog(ConfigurationReading reading)
    {
        try
        {
            return AccessLogs.Open(reading.Options.AccessLog);
        }
        catch (ConfigurationException exception)
        {
            throw reading.Locate(exception);
        }
    }

    private void Reserve(ConfigurationReading reading)
    {
        try
        {
            listeners.Reserve(reading.Options, reading.Services, reading.Certificates);
        }
        catch (ConfigurationException exception)
        {
            throw reading.Locate(exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "configuration reloaded")]
        public static partial void Reloaded(ILogger logger);

        [LoggerMessage(2, LogLevel.Error, "configuration not reloaded, the last good one stays: {Error}")]
        public static partial void NotReloaded(ILogger logger, ConfigurationError error);

        [LoggerMessage(3, LogLevel.Error, "configuration not reloaded")]
        public static partial void ReloadFailed(ILogger logger, Exception exception);
    }
}
