using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>
/// A proxy that was started with a configuration file, and a clock that makes it look at the file.
/// Listeners are <c>name</c>, for a port that the system chooses, or <c>name=url</c>; that of the name <c>admin</c> is the operator's.
/// </summary>
internal sealed class ReloadingProxy : IAsyncDisposable
{
    private readonly string[] _listeners;
    private readonly string _health;
    private readonly ConfigFile _file;

    private ReloadingProxy(string[] listeners, string health, (string, FakeDestination)[] destinations)
    {
        (_listeners, _health) = (listeners, health);
        _file = new ConfigFile(Json(listeners, destinations));
    }

    public ManualTimeProvider Clock { get; } = new();

    public ProxyHost Proxy { get; private set; } = null!;

    public static string Probing(string interval) =>
        $$"""
        "HealthCheck": { "Active": { "Enabled": true, "Path": "/health", "Interval": "{{interval}}" } },
        """;

    public static Task<ReloadingProxy> StartAsync(params (string, FakeDestination)[] destinations) => StartAsync(new ReloadingProxy(["main"], "", destinations));

    public static Task<ReloadingProxy> StartAsync(string health, params (string, FakeDestination)[] destinations) => StartAsync(new ReloadingProxy(["main"], health, destinations));

    public static Task<ReloadingProxy> StartAsync(string[] listeners, params (string, FakeDestination)[] destinations) => StartAsync(new ReloadingProxy(listeners, "", destinations));

    public static Task<ReloadingProxy> StartOnKestrelAsync(string[] listeners, params (string, FakeDestination)[] destinations) =>
        StartOnAsync(EngineOption.Kestrel, listeners, destinations);

    public static Task<ReloadingProxy> StartOnAsync(EngineOption engine, string[] listeners, params (string, FakeDestination)[] destinations) =>
        StartAsync(new ReloadingProxy(listeners, "", destinations), engine);

    public Task ReloadAsync(params (string, FakeDestination)[] destinations) => ReloadAsync(_listeners, destinations);

    public Task ReloadAsync(string[] listeners, params (string, FakeDestination)[] destinations) => ReloadAsync(listeners, "configuration reloaded", destinations);

    public Task ReloadAsync(string[] listeners, string said, params (string, FakeDestination)[] destinations) => WriteAsync(Json(listeners, destinations), said);

    public Task WriteAsync(string json, string said) => ChangeAsync(() => _file.Write(json), said);

    /// <summary>Writes the file, and leaves it at that.</summary>
    public void Write(string[] listeners, params (string, FakeDestination)[] destinations) => _file.Write(Json(listeners, destinations));

    public Task DeleteAsync() => ChangeAsync(() => File.Delete(_file.Path), "there is no such file");

    /// <summary>The addresses for requests that are open now.</summary>
    public IReadOnlyCollection<string> Listening() => [.. Proxy.Services.GetRequiredService<IEngine>().Addresses.Select(served => served.Address)];

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        _file.Dispose();
    }

    private static async Task<ReloadingProxy> StartAsync(ReloadingProxy run, EngineOption? engine = null)
    {
        run.Proxy = await ProxyHost.StartAsync(new RunArguments { ConfigFile = run._file.Path, Engine = engine }, services => services.AddSingleton<TimeProvider>(run.Clock));
        return run;
    }

    private async Task ChangeAsync(Action change, string said)
    {
        var before = Said();
        change();

        // The proxy may be about to go to sleep, and then the first second passes unseen.
        await Eventually.HoldsAsync(
            () =>
            {
                Clock.Advance(TimeSpan.FromSeconds(1));
                return Said() > before;
            },
            $"the log says '{said}'");

        int Said() => Proxy.Logs.Records.Count(record => record.Message.Contains(said, StringComparison.Ordinal));
    }

    private string Json(string[] listeners, (string Name, FakeDestination Destination)[] destinations)
    {
        var urls = listeners.Select(listener => listener.Split('=')).ToDictionary(pair => pair[0], pair => pair.ElementAtOrDefault(1) ?? "http://127.0.0.1:0");
        urls.Remove("admin", out var admin);
        return $$"""
            {
              "Listeners": { {{string.Join(", ", urls.Select(listener => $$"""
            "{{listener.Key}}": { "Url": "{{listener.Value}}" }
            """))}} },
              "Admin": { "Url": "{{admin ?? "http://127.0.0.1:0"}}" },
              "Clusters": {
                "web": {
                  {{_health}}
                  "Destinations": { {{string.Join(", ", destinations.Select(destination => $$"""
            "{{destination.Name}}": { "Address": "{{destination.Destination.Address}}" }
            """))}} }
                }
              }
            }
            """;
    }
}
