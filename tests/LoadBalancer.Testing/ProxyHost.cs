using System.Diagnostics;
using System.Text.Json;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Testing;

/// <summary>A running proxy in this process, on ports of its own.</summary>
public sealed class ProxyHost : IAsyncDisposable
{
    // The whole suite runs over the other engine by this variable: LB_TEST_ENGINE=auto, or eventloop.
    private static readonly EngineOption? Engine =
        Enum.TryParse<EngineOption>(Environment.GetEnvironmentVariable("LB_TEST_ENGINE"), ignoreCase: true, out var engine) ? engine : null;

    /// <summary>Which engine the present test asks for; null where it does not matter to it.</summary>
    internal static Func<EngineOption?> EngineOfTest { get; set; } = static () => null;

    private readonly WebApplication _app;

    static ProxyHost() => OrphanMeters.Watch();

    private ProxyHost(WebApplication app, RecordedLogs logs, RecordedMetrics metrics)
    {
        _app = app;
        Logs = logs;
        Metrics = metrics;
        Addresses = app.Services.GetRequiredService<ProxyAddresses>();
        Client = CreateClient(Address);
        Admin = CreateClient(Addresses.Admin ?? Address);
    }

    /// <summary>Where it listens.</summary>
    internal ProxyAddresses Addresses { get; }

    /// <summary>The first address that it accepts requests on.</summary>
    public string Address => Addresses.Listeners[0];

    /// <summary>A client of the proxy that follows, stores and unpacks nothing.</summary>
    public HttpClient Client { get; }

    /// <summary>A client of the admin listener.</summary>
    public HttpClient Admin { get; }

    /// <summary>What it logged.</summary>
    public RecordedLogs Logs { get; }

    /// <summary>What it counted.</summary>
    public RecordedMetrics Metrics { get; }

    /// <summary>The services of the proxy.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a proxy with one cluster, <c>web</c>, over these addresses, which are named a, b, c and so on.</summary>
    public static Task<ProxyHost> StartAsync(params string[] addresses) => StartAsync([], addresses);

    /// <summary>Starts a proxy with one cluster over these destinations.</summary>
    public static Task<ProxyHost> StartAsync(params FakeDestination[] destinations) => StartAsync([], [.. destinations.Select(destination => destination.Address)]);

    /// <summary>Starts a proxy with one cluster, <c>web</c>, and further settings, whose keys begin below <c>LoadBalancer</c>.</summary>
    public static Task<ProxyHost> StartAsync(Dictionary<string, string?> settings, params string[] addresses) => StartAsync(TimeProvider.System, settings, addresses);

    /// <summary>Starts a proxy with one cluster, <c>web</c>, that lives by this clock.</summary>
    public static Task<ProxyHost> StartAsync(TimeProvider clock, Dictionary<string, string?> settings, params string[] addresses) =>
        StartAsync(services => services.AddSingleton(clock), settings, addresses);

    /// <summary>Starts a proxy with one cluster, <c>web</c>, that knows these names and no others.</summary>
    public static Task<ProxyHost> StartAsync(FakeNames names, Dictionary<string, string?> settings, params string[] addresses) =>
        StartAsync(names.Serve, settings, addresses);

    /// <summary>Starts a proxy of these settings and nothing else. Keys begin below <c>LoadBalancer</c>, or with <c>services</c>.</summary>
    public static Task<ProxyHost> StartWithAsync(Dictionary<string, string?> settings) => StartAsync(new RunArguments { Settings = Keys(settings) });

    /// <summary>Starts a proxy of these arguments, on ports of its own unless they name some.</summary>
    /// <param name="arguments">What an operator would type.</param>
    /// <param name="configure">Changes the services before they are built into the program.</param>
    internal static async Task<ProxyHost> StartAsync(RunArguments arguments, Action<IServiceCollection>? configure = null)
    {
        const string free = "http://127.0.0.1:0";
        arguments = arguments with
        {
            Settings = OnOneLoop(arguments.Settings),
            Engine = arguments.Engine ?? (NamesEngine(arguments) ? null : EngineOfTest() ?? Engine),
            Listen = arguments.Listen.Count > 0 || arguments.ConfigFile is not null || arguments.Settings.Keys.Any(key => key.StartsWith($"{ConfigurationSource.SectionName}:Listeners:", StringComparison.Ordinal))
                ? arguments.Listen
                : [free],
            Admin = arguments.Admin ?? (arguments.ConfigFile is null ? free : null),
            Verbose = true,
        };

        var logs = new RecordedLogs();
        var app = ProxyApplication.Create(arguments, services =>
        {
            services.AddLogging(logging => logging.ClearProviders().AddProvider(logs));
            configure?.Invoke(services);
        });
        var metrics = new RecordedMetrics(app.Services);
        await app.StartAsync().InTime();
        return new ProxyHost(app, logs, metrics);
    }

    /// <summary>Keys for a cluster <c>web</c> that probes every 50 ms.</summary>
    public static Dictionary<string, string?> QuickProbes(int rise = 1, int fall = 1, string timeout = "2s") => new()
    {
        ["Clusters:web:HealthCheck:Active:Enabled"] = "true",
        ["Clusters:web:HealthCheck:Active:Path"] = "/health",
        ["Clusters:web:HealthCheck:Active:Interval"] = "50ms",
        ["Clusters:web:HealthCheck:Active:Timeout"] = timeout,
        ["Clusters:web:HealthCheck:Active:Rise"] = $"{rise}",
        ["Clusters:web:HealthCheck:Active:Fall"] = $"{fall}",
    };

    /// <summary>Connects a raw client to the proxy.</summary>
    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Address);

    /// <summary>
    /// Waits until every request has ended, with the attempts that another overtook, and is in all counts, logs and spans:
    /// a client has its answer a moment before that. What holds a request open, such as a tunnel, is to be closed before.
    /// </summary>
    public Task WaitUntilCountedAsync() => Eventually.HoldsAsync(
        () => Metrics.ObserveSum("http.server.active_requests") == 0 && Services.GetRequiredService<ClusterRegistry>().Clusters.All(cluster => cluster.InFlight == 0), "every request has ended");

    /// <summary>What the admin API says of a destination.</summary>
    public async Task<JsonElement> DescribeAsync(string destination)
    {
        using var document = JsonDocument.Parse(await Admin.GetStringAsync("/api/clusters"));
        return document.RootElement.GetProperty("clusters").EnumerateArray()
            .SelectMany(cluster => cluster.GetProperty("destinations").EnumerateArray())
            .Single(view => view.GetProperty("name").GetString() == destination)
            .Clone();
    }

    /// <summary>Asks for <c>/</c> so many times, and says the answers in a row.</summary>
    /// <param name="times">How often.</param>
    /// <param name="cookie">The cookie to send; null for none.</param>
    public async Task<string> AskAsync(int times, string? cookie = null)
    {
        var answers = "";
        for (var i = 0; i < times; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            if (cookie is not null)
            {
                request.Headers.Add("Cookie", cookie);
            }

            using var answer = await Client.SendAsync(request);
            answers += await answer.Content.ReadAsStringAsync();
        }

        return answers;
    }

    /// <summary>What the admin API says of a cluster.</summary>
    public async Task<JsonElement> DescribeClusterAsync(string name)
    {
        using var document = JsonDocument.Parse(await Admin.GetStringAsync("/api/clusters"));
        return document.RootElement.GetProperty("clusters").EnumerateArray().Single(view => view.GetProperty("name").GetString() == name).Clone();
    }

    /// <summary>Waits until the admin API gives this verdict for a destination: Healthy, Unhealthy or Unknown.</summary>
    public Task WaitForHealthAsync(string destination, string verdict) => Eventually.HoldsAsync(
        async () => (await DescribeAsync(destination)).GetProperty("health").GetString() == verdict,
        $"destination {destination} is {verdict}");

    /// <summary>Begins to stop the proxy.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Admin.Dispose();
        Metrics.Dispose();

        // A test that left a request hanging must not hang itself.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static Task<ProxyHost> StartAsync(Action<IServiceCollection> configure, Dictionary<string, string?> settings, string[] addresses)
    {
        var all = new Dictionary<string, string?>(settings);
        all.TryAdd("Clusters:web:LoadBalancingPolicy", "RoundRobin");
        for (var i = 0; i < addresses.Length; i++)
        {
            all[$"Clusters:web:Destinations:{NameOf(i)}:Address"] = addresses[i];
        }

        return StartAsync(new RunArguments { Settings = Keys(all) }, configure);
    }

    private static bool NamesEngine(RunArguments arguments) => arguments.Settings.ContainsKey($"{ConfigurationSource.SectionName}:Engine")
        || (arguments.ConfigFile is { } file && File.ReadAllText(file).Contains("\"Engine\"", StringComparison.Ordinal));

    // Each loop has connections to destinations of its own; tests that count them want to know how many.
    private static Dictionary<string, string?> OnOneLoop(IReadOnlyDictionary<string, string?> settings)
    {
        var all = new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase);
        all.TryAdd($"{ConfigurationSource.SectionName}:EventLoops", "1");
        return all;
    }

    // a, b, c and so on; those that no letter is left for come after all of these.
    private static string NameOf(int index) => index < 26 ? $"{(char)('a' + index)}" : $"z{index:00}";

    private static HttpClient CreateClient(string address) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        MaxConnectionsPerServer = int.MaxValue,
        ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
    })
    {
        BaseAddress = new Uri(address),
        Timeout = Eventually.Deadline,
    };

    private static Dictionary<string, string?> Keys(Dictionary<string, string?> settings) => settings.ToDictionary(
        pair => pair.Key.StartsWith("services:", StringComparison.OrdinalIgnoreCase) ? pair.Key : $"{ConfigurationSource.SectionName}:{pair.Key}",
        pair => pair.Value);
}
