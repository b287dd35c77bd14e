using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LoadBalancer.Compare.Processes;
using LoadBalancer.Soak.Destinations;

namespace LoadBalancer.Soak;

/// <summary>A proxy and three destinations, each a process of its own. Disposing ends them.</summary>
internal sealed class SoakBed : IAsyncDisposable
{
    /// <summary>How long an answer takes.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly WorkFolder _folder = new();
    private readonly HttpClient _admin = new();
    private Child? _proxy;

    private SoakBed(int[] ports)
    {
        Destinations = [.. Names.Select((name, i) => new DestinationProcess(name, ports[i], Pause))];
        Address = UriOf(ports[^1]);
        _admin.BaseAddress = UriOf(ports[^2]);
    }

    /// <summary>The destinations.</summary>
    public IReadOnlyList<DestinationProcess> Destinations { get; }

    /// <summary>Where the proxy listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts everything, and waits until every destination is available.</summary>
    /// <param name="cluster">What the cluster has beside its destinations and probes: members of a JSON object, each with a comma after it.</param>
    /// <param name="stop">Ends the waiting.</param>
    public static async Task<SoakBed> StartAsync(string cluster, CancellationToken stop)
    {
        var bed = new SoakBed(FreePorts.Find(Names.Length + 2));
        try
        {
            await Task.WhenAll(bed.Destinations.Select(destination => destination.StartAsync(stop)));
            var config = bed._folder.Write("soak.json", $$"""
                {
                  "Clusters": {
                    "web": {
                      {{cluster}}
                      "HealthCheck": { "Active": { "Enabled": true, "Interval": "1s", "Timeout": "500ms", "Fall": 1, "Rise": 1 } },
                      "Destinations": { {{string.Join(", ", bed.Destinations.Select(destination => $$"""
                "{{destination.Name}}": { "Address": "{{destination.Address}}" }
                """))}} }
                    }
                  },
                  "Routes": { "all": { "ClusterId": "web" } }
                }
                """);
            bed._proxy = Child.Start(new Launch(
                Programs.Built("LoadBalancer.Proxy"), "--config", config, "--listen", bed.Address.ToString(), "--admin", bed._admin.BaseAddress!.ToString()));
            if (await bed.WaitAsync(reading => reading.Count == Names.Length && reading.Values.All(destination => destination.IsHealthy && destination.IsAvailable), Grace, stop) is null)
            {
                throw new CompareException($"the destinations are not available. {bed._proxy.Said}");
            }

            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    /// <summary>The resident memory of the proxy, in MiB.</summary>
    public double ReadMegabytes()
    {
        using var process = Process.GetProcessById(_proxy!.Id);
        return process.WorkingSet64 / (1024.0 * 1024);
    }

    /// <summary>How many attempts the retry budget of the proxy has refused so far.</summary>
    public async Task<long> ReadRefusedRetriesAsync(CancellationToken stop)
    {
        using var document = JsonDocument.Parse(await _admin.GetStringAsync("/api/clusters", stop));
        return document.RootElement.GetProperty("clusters")[0].GetProperty("retriesRefused").GetInt64();
    }

    /// <summary>Waits until the destinations are so, and gives how long it took; null when they are not in time.</summary>
    public async Task<TimeSpan?> WaitAsync(Predicate<IReadOnlyDictionary<string, Reading>> condition, TimeSpan limit, CancellationToken stop)
    {
        var from = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(from) < limit)
        {
            if (condition(await ReadAsync(stop)))
            {
                return TimeProvider.System.GetElapsedTime(from);
            }

            await Task.Delay(Look, TimeProvider.System, stop);
        }

        return null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        await Task.WhenAll(Destinations.Select(destination => destination.DisposeAsync().AsTask()));
        _admin.Dispose();
        _folder.Dispose();
    }

    private static Uri UriOf(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    private async Task<IReadOnlyDictionary<string, Reading>> ReadAsync(CancellationToken stop)
    {
        try
        {
            using var document = JsonDocument.Parse(await _admin.GetStringAsync("/api/clusters", stop));
            return document.RootElement.GetProperty("clusters")[0].GetProperty("destinations").EnumerateArray().ToDictionary(
                view => view.GetProperty("name").GetString()!,
                view => new Reading(view.GetProperty("available").GetBoolean(), view.GetProperty("health").GetString() == "Healthy", view.GetProperty("ejectionReason").GetString()));
        }
        catch (HttpRequestException)
        {
            // It is still starting.
            return new Dictionary<string, Reading>();
        }
    }
}

/// <summary>A destination as the proxy sees it.</summary>
internal sealed record Reading(bool IsAvailable, bool IsHealthy, string? EjectionReason);
