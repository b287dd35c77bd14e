using System.Text.Json;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>Finds destinations in the EndpointSlices of a service: lists them, then follows what changes, and lists again when that is lost.</summary>
internal sealed class KubernetesSource : DestinationSource
{
    private const int MostDoublings = 10;

    // A watch that lasts for so long was none that failed.
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(500);

    private readonly KubernetesDiscoveryOptions _options;
    private readonly KubernetesAccess _access;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private Dictionary<string, EndpointSlice> _slices = [];

    /// <param name="options">Which service.</param>
    /// <param name="access">How the API server is reached.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">By which pauses differ, so that several proxies do not ask in step.</param>
    public KubernetesSource(KubernetesDiscoveryOptions options, KubernetesAccess access, TimeProvider time, Random random)
        : base($"Kubernetes {access.Namespace ?? "?"}/{options.Service}")
    {
        (_options, _access, _time, _random) = (options, access, time, random);
    }

    /// <summary>How long to wait after so many failures in a row.</summary>
    internal TimeSpan PauseAfter(int failures)
    {
        var longest = FirstBackoff * Math.Pow(2, Math.Min(failures - 1, MostDoublings));
        return (longest < _options.MaximumBackoff ? longest : _options.MaximumBackoff) * (1 - (_random.NextDouble() / 2));
    }

    /// <inheritdoc />
    protected override async Task RunAsync(Action<DiscoveryAnswer> tell, CancellationToken stopping)
    {
        if (_access.Url is null || _access.Namespace is null)
        {
            tell(new DiscoveryAnswer(null, _access.Url is null ? "this is not a pod of a cluster (KUBERNETES_SERVICE_HOST is not set): write Url" : "no Namespace is known: write it"));
            return;
        }

        using var api = new KubernetesApi(_access, _options.Service, _time);
        string? version = null;
        for (var failures = 0; ;)
        {
            var began = _time.GetTimestamp();
            if (version is null)
            {
                // That it can be listed does not end a row of failures: it may be that nobody may watch.
                version = await ListAsync(api, tell, stopping);
                if (version is not null)
                {
                    continue;
                }
            }
            else
            {
                var watch = await WatchAsync(api, version, tell, stopping);
                version = watch.Version;
                if (watch.IsGood || _time.GetElapsedTime(began) >= LongEnough)
                {
                    failures = 0;
                    continue;
                }
            }

            await Task.Delay(PauseAfter(++failures), _time, stopping);
        }
    }

    private async Task<string?> ListAsync(KubernetesApi api, Action<DiscoveryAnswer> tell, CancellationToken stopping)
    {
        try
        {
            var list = await api.ListAsync(stopping);
            _slices = (list.Items ?? []).Where(slice => slice.Metadata?.Name is not null).ToDictionary(slice => slice.Metadata!.Name!);
            Tell(tell);
            return list.Metadata?.ResourceVersion;
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            tell(new DiscoveryAnswer(null, Explain(exception)));
            return null;
        }
    }

    // That a watch breaks is not told: that happens, and if more is wrong, the list that follows fails.
    private async Task<(string? Version, bool IsGood)> WatchAsync(KubernetesApi api, string version, Action<DiscoveryAnswer> tell, CancellationToken stopping)
    {
        var isGood = false;
        try
        {
            await foreach (var change in api.WatchAsync(version, stopping))
            {
                isGood = true;
                var slice = change.Object.Deserialize(KubernetesJson.Default.EndpointSlice);
                version = slice?.Metadata?.ResourceVersion ?? version;
                if (slice?.Metadata?.Name is not { } name || change.Type is not ("ADDED" or "MODIFIED" or "DELETED"))
                {
                    continue;
                }

                if (change.Type == "DELETED")
                {
                    _slices.Remove(name);
                }
                else
                {
                    _slices[name] = slice;
                }

                Tell(tell);
            }

            return (version, isGood);
        }
        catch (Exception) when (!stopping.IsCancellationRequested)
        {
            return (null, isGood);
        }
    }

    private void Tell(Action<DiscoveryAnswer> tell) => tell(ReadyEndpoints.Of(_slices.Values, _options, Name));

    private static string Explain(Exception exception) => exception switch
    {
        OperationCanceledException => "the API server did not answer in time",
        HttpRequestException { InnerException: { } inner } => $"the API server cannot be reached: {inner.Message}",
        HttpRequestException => $"the API server cannot be reached: {exception.Message}",
        _ => exception.Message,
    };
}
