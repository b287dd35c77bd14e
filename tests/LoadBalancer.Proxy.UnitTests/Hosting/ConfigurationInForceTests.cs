using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Hosting;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.Proxy.UnitTests.Configuration;
using LoadBalancer.Proxy.UnitTests.Telemetry;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.UnitTests.Hosting;

public sealed class ConfigurationInForceTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TempFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordedLogs _logs = new();
    private readonly LoggerFactory _loggers;
    private readonly ClusterRegistry _registry;
    private readonly Router _router = new();
    private readonly ReservedSockets _sockets = new();
    private DiscoveredDestinations? _discovered;
    private ConfigurationInForce? _inForce;

    private Action? _beforePicker;

    public ConfigurationInForceTests()
    {
        _loggers = new LoggerFactory([_logs]);
        _registry = Make.Registry(createPicker: (in plan, previous) =>
        {
            _beforePicker?.Invoke();
            return Pickers.Create(plan, previous);
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_inForce is not null)
        {
            await _inForce.StopAsync(CancellationToken.None);
            _inForce.Dispose();
        }

        if (_discovered is not null)
        {
            await _discovered.DisposeAsync();
        }

        _sockets.Dispose();
        _loggers.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_first_configuration_is_in_force_from_the_start()
    {
        await StartAsync(Destination("a"));

        Assert.Equal(("a", "web"), (Destinations, _router.Current.Routes.Single().Name));
    }

    [Fact]
    public async Task A_file_that_changes_is_in_force_a_second_later()
    {
        await StartAsync(Destination("a"));

        Write(Destination("a", "b"));
        _clock.Advance(Second);
        var record = await _logs.WaitForAsync("configuration");

        Assert.Equal((LogLevel.Information, "configuration reloaded", "a b"), (record.Level, record.Message, Destinations));
    }

    [Fact]
    public async Task A_file_that_stays_is_not_read_again()
    {
        await StartAsync(Destination("a"));

        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(Second);
            await _clock.WaitForTimersAsync(1);
        }

        Assert.Empty(_logs.Records);
    }

    [Fact]
    public async Task A_file_that_stays_is_read_again_on_request_once()
    {
        await StartAsync(Destination("a"));

        _inForce!.RequestReload();
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(Second);
            await _clock.WaitForTimersAsync(1);
        }

        Assert.Equal("configuration reloaded", Assert.Single(_logs.Records).Message);
    }

    [Theory]
    [InlineData("{ \"Clusters\": {", "not valid JSON at line 1")]
    [InlineData("{ \"Clusters\": \"many\" }", "Clusters: must be an object of named entries, not a value")]
    [InlineData("{ \"Routes\": { \"r\": { \"ClusterId\": \"x\" } } }", "Routes:r:ClusterId: no cluster is named 'x'")]
    public async Task A_bad_file_is_told_and_the_last_good_configuration_stays(string json, string error)
    {
        await StartAsync(Destination("a"));

        Write(json);
        _clock.Advance(Second);
        var record = await _logs.WaitForAsync("configuration not reloaded, the last good one stays: ");

        Assert.Equal((LogLevel.Error, true, "a"), (record.Level, record.Message.Contains(error, StringComparison.Ordinal), Destinations));
    }

    [Fact]
    public async Task Every_error_of_a_bad_file_is_told()
    {
        await StartAsync(Destination("a"));

        Write("""{ "Cluster": {}, "ShutdownTimeout": "soon" }""");
        _clock.Advance(Second);
        await _clock.WaitForTimersAsync(1);
        await _logs.WaitForAsync("ShutdownTimeout");

        Assert.Contains(_logs.Records, record => record.Message.Contains("Cluster: unknown key", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_a_bad_file_a_good_one_is_in_force_again()
    {
        await StartAsync(Destination("a"));
        Write("{");
        _clock.Advance(Second);
        await _logs.WaitForAsync("configuration not reloaded");
        await _clock.WaitForTimersAsync(1);

        Write(Destination("c"));
        _clock.Advance(Second);
        await _logs.WaitForAsync("configuration reloaded");

        Assert.Equal("c", Destinations);
    }

    [Fact]
    public async Task Once_the_proxy_stops_nothing_is_reloaded()
    {
        await StartAsync(Destination("a"));

        await _inForce!.StoppingAsync(CancellationToken.None);
        Write(Destination("b"));
        _clock.Advance(2 * Second);

        Assert.Equal("a", Destinations);
    }

    [Fact]
    public async Task A_listener_that_cannot_be_opened_leaves_clusters_and_routes_as_they_are()
    {
        using var taken = new TakenAddress();
        await StartAsync($$"""{ "Listeners": { "main": { "Url": "http://127.0.0.1:0" } }, {{Destination("a")[1..]}}""", listen: false);

        Write($$"""{ "Listeners": { "main": { "Url": "{{taken.Url}}" } }, {{Destination("b")[1..]}}""");
        _clock.Advance(Second);
        await _logs.WaitForAsync("configuration not reloaded");

        Assert.Equal(("a", "a"), (Destinations, _router.Current.Routes.Single().Cluster!.Standing.Members.Names()));
    }

    [Theory]
    [InlineData("prepared")]
    [InlineData("committed")]
    [InlineData("second listener")]
    public async Task What_fails_on_the_way_to_a_new_configuration_leaves_the_old_one_whole_and_nobody_listening(string failing)
    {
        using var taken = new TakenAddress();
        var added = TakenAddress.Freed();
        await StartAsync(WithListeners("http://127.0.0.1:0", "http://127.0.0.1:0", "a"), listen: false);
        var (clusters, routes, options) = (_registry.Find("web"), _router.Current, _inForce!.Options);
        _beforePicker = failing switch
        {
            "prepared" => static () => throw new InvalidOperationException("A picker cannot be made."),
            "committed" => FailWhenCommitted,
            _ => null,
        };

        Write(WithListeners(added, failing == "second listener" ? taken.Url : "http://127.0.0.1:0", "a", "b"));
        _clock.Advance(Second);
        await _logs.WaitForAsync("configuration not reloaded");

        Assert.Same(clusters, _registry.Find("web"));
        Assert.Same(routes, _router.Current);
        Assert.Same(options, _inForce.Options);
        await Eventually.RefusesAsync(added);
    }

    [Fact]
    public async Task A_listener_that_the_last_reload_before_a_stop_has_opened_is_closed_when_no_server_has_come_to_it()
    {
        var added = TakenAddress.Freed();
        await StartAsync(WithListeners("http://127.0.0.1:0", "http://127.0.0.1:0", "a"), listen: false);
        Write(WithListeners(added, "http://127.0.0.1:0", "a"));
        _clock.Advance(Second);
        await _logs.WaitForAsync("configuration reloaded");

        await _inForce!.StoppingAsync(CancellationToken.None);

        await Eventually.RefusesAsync(added);
    }

    [Fact]
    public async Task The_options_in_force_are_those_of_the_last_good_file()
    {
        await StartAsync("""{ "Clusters": { "web": {} }, "Admin": { "Token": "old" } }""");

        Write("""{ "Clusters": { "web": {} }, "Admin": { "Token": "new" } }""");
        _clock.Advance(Second);
        await _logs.WaitForAsync("configuration reloaded");

        Assert.Equal("new", _inForce!.Options.Admin.Token);
    }

    private string Destinations => _registry.Find("web")!.Standing.Members.Names();

    // A destination that becomes suspect between the preparation and the commit needs another picker.
    private void FailWhenCommitted()
    {
        var a = _registry.Find("web")!.Named("a");
        a.TryBegin();
        a.End(new AttemptResult(Outcome.ConnectTimeout), now: 0);
        _beforePicker = static () => throw new InvalidOperationException("A picker cannot be made.");
    }

    private static string WithListeners(string one, string other, params string[] destinations) =>
        $$"""{ "Listeners": { "one": { "Url": "{{one}}" }, "other": { "Url": "{{other}}" } }, {{Destination(destinations)[1..]}}""";

    private async Task StartAsync(string json, bool listen = true)
    {
        var source = new ConfigurationSource(new RunArguments { ConfigFile = Write(json), Listen = listen ? ["http://127.0.0.1:0"] : [], Admin = AdminOptions.Off }, _folder.Path, "Test");
        var (budget, metrics) = (new ConnectionBudget(null, _clock, _loggers.CreateLogger<ConnectionBudget>()), new ProxyMetrics(new MeterFactory()));
        var engine = new KestrelEngine(() => throw new NotSupportedException(), budget, new ListenerFields(), metrics, new TlsChallenges());
        var certificates = new Certificates(new ClientCertificates(), _clock, metrics, _loggers.CreateLogger<Certificates>());
        _discovered = new DiscoveredDestinations(_ => throw new NotSupportedException(), metrics, _clock, _loggers.CreateLogger<DiscoveredDestinations>());
        var clusters = new ClustersInForce(_registry, _router, _discovered, _clock, _loggers.CreateLogger<ClustersInForce>());
        var accessLog = new AccessLog(metrics, _clock, _loggers.CreateLogger<AccessLog>());
        _inForce = new ConfigurationInForce(
            source, source.Read(), clusters, new Listeners(_sockets, engine, certificates, _loggers.CreateLogger<Listeners>()), certificates, accessLog, _clock, _loggers.CreateLogger<ConfigurationInForce>());
        await _inForce.StartAsync(CancellationToken.None);
        await _clock.WaitForTimersAsync(1);
    }

    private string Write(string json) => _folder.Write("lb.json", json);

    private static string Destination(params string[] names) =>
        $$$"""{ "Clusters": { "web": { "Destinations": { {{{string.Join(',', names.Select(name => $$"""  "{{name}}": { "Address": "http://{{name}}" }"""))}}} } } } }""";
}
