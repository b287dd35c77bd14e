using System.Net;
using System.Net.Sockets;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What a changed configuration file changes, and what it leaves.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task New_destinations_are_used_and_removed_ones_are_not()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var run = await Run.StartAsync(("old", a));
        await run.Proxy.Client.GetStringAsync("/");

        await run.ReloadAsync(("new", b));

        Assert.Equal("bb", await run.Proxy.Client.GetStringAsync("/") + await run.Proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_destination_keeps_its_counters_by_its_address()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var run = await Run.StartAsync(("one", a));
        await run.Proxy.Client.GetStringAsync("/");

        await run.ReloadAsync(("other-name", a), ("b", b));

        Assert.Equal((1, 0), (await RequestsAsync("other-name"), await RequestsAsync("b")));

        async Task<int> RequestsAsync(string destination) => (await run.Proxy.DescribeAsync(destination)).GetProperty("requests").GetInt32();
    }

    [Fact]
    public async Task A_destination_keeps_its_verdict_by_its_address()
    {
        await using var a = new FakeDestination { Health = Behave.Answer(500, "") };
        await using var b = new FakeDestination();
        await using var run = await Run.StartAsync(Run.Probing("1h"), ("one", a));
        await run.Proxy.WaitForHealthAsync("one", "Unhealthy");
        a.Health = Behave.Hang();

        await run.ReloadAsync(("other-name", a), ("b", b));

        Assert.Equal("Unhealthy", (await run.Proxy.DescribeAsync("other-name")).GetProperty("health").GetString());
    }

    [Fact]
    public async Task A_new_destination_is_probed_at_once()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var run = await Run.StartAsync(Run.Probing("1h"), ("a", a));

        await run.ReloadAsync(("a", a), ("b", b));

        await run.Proxy.WaitForHealthAsync("b", "Healthy");
    }

    [Fact]
    public async Task A_request_in_flight_survives_the_removal_of_its_destination()
    {
        var gate = new TaskCompletionSource();
        await using var a = new FakeDestination(Behave.After(gate.Task, Behave.Ok("late")));
        await using var b = new FakeDestination();
        await using var run = await Run.StartAsync(("a", a));
        var answer = run.Proxy.Client.GetStringAsync("/");
        await a.WaitForRequestAsync();

        await run.ReloadAsync(("b", b));
        gate.SetResult();

        Assert.Equal("late", await answer);
    }

    [Fact]
    public async Task Connections_to_a_destination_that_stays_stay_open()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var run = await Run.StartAsync(("a", a));
        await run.Proxy.Client.GetStringAsync("/");

        await run.ReloadAsync(("a", a), ("b", b));
        await run.Proxy.Client.GetStringAsync("/");
        await run.Proxy.Client.GetStringAsync("/");

        Assert.Equal((2, 1), (a.Requests.Count, a.Connections));
    }

    [Fact]
    public async Task A_listener_that_is_added_is_opened()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await Run.StartAsync(("a", a));
        var before = run.Listening();

        await run.ReloadAsync(["main", "second"], ("a", a));

        await Eventually.HoldsAsync(() => run.Listening().Count == before.Count + 1, "a further listener is open");
        using var client = new HttpClient { BaseAddress = new Uri(run.Listening().Except(before).Single()) };
        Assert.Equal("a", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_listener_that_is_removed_is_closed_and_the_others_stay()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await Run.StartAsync(["main", "second"], ("a", a));
        var (stays, goes) = (run.Proxy.Addresses.Listeners[0], run.Proxy.Addresses.Listeners[1]);

        await run.ReloadAsync(["main"], ("a", a));

        await Eventually.RefusesAsync(goes);
        using var client = new HttpClient { BaseAddress = new Uri(stays) };
        Assert.Equal("a", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_listener_that_cannot_be_opened_is_an_error_and_nothing_changes_until_it_can()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var run = await Run.StartAsync(("a", a));
        var before = run.Listening();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://{taken.LocalEndpoint}";
        var moved = run.WithListener(address, ("b", b));

        await run.WriteAsync(moved, $"configuration not reloaded, the last good one stays: Listeners:main:Url: cannot listen on {address}: ");

        Assert.Equal("a", await run.Proxy.Client.GetStringAsync("/"));
        Assert.Equal(before, run.Listening());

        // Written anew, when the other program has gone.
        taken.Stop();
        await run.WriteAsync(moved + "\n", "configuration reloaded");
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        await Eventually.HoldsAsync(() => run.Listening().Contains(address), "the new listener is open");
        Assert.Equal("b", await client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("""{ "Clusters": { "web": { "Destinations": { "a": { "Adress": "http://localhost:1" } } } } }""", "Clusters:web:Destinations:a:Adress: unknown key; did you mean 'Address'?")]
    [InlineData("""{ "ShutdownTimeout": "soon" }""", "ShutdownTimeout: 'soon' is not a span of time")]
    [InlineData("{}", "Clusters: is missing")]
    [InlineData("""{ "Clusters": """, "not valid JSON at line 1")]
    public async Task A_bad_file_is_logged_with_the_path_of_its_error_and_the_last_good_one_stays(string json, string error)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await Run.StartAsync(("a", a));

        await run.WriteAsync(json, "configuration not reloaded, the last good one stays: ");

        Assert.Contains(run.Proxy.Logs.Records, record => record.Level == LogLevel.Error && record.Message.Contains(error, StringComparison.Ordinal));
        Assert.Equal("a", await run.Proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Each_error_of_a_bad_file_is_a_line_and_a_file_that_stays_bad_is_not_told_twice()
    {
        await using var a = new FakeDestination();
        await using var run = await Run.StartAsync(("a", a));

        await run.WriteAsync("""{ "Rutes": {}, "ShutdownTimeout": "soon" }""", "ShutdownTimeout");
        run.Clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(2, run.Proxy.Logs.Records.Count(record => record.Level == LogLevel.Error));
    }

    [Fact]
    public async Task A_file_that_is_mended_is_in_force_again()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var run = await Run.StartAsync(("a", a));
        await run.WriteAsync("nonsense", "configuration not reloaded");

        await run.ReloadAsync(("b", b));

        Assert.Equal("b", await run.Proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_file_that_is_gone_changes_nothing_until_it_is_back()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await Run.StartAsync(("a", a));

        await run.DeleteAsync();

        Assert.Equal("a", await run.Proxy.Client.GetStringAsync("/"));
    }

    /// <summary>A proxy that was started with a configuration file, and a clock that makes it look at the file.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly string[] _listeners;
        private readonly string _health;
        private readonly ConfigFile _file;

        private Run(string[] listeners, string health, (string, FakeDestination)[] destinations)
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

        public static Task<Run> StartAsync(params (string, FakeDestination)[] destinations) => StartAsync(new Run(["main"], "", destinations));

        public static Task<Run> StartAsync(string health, params (string, FakeDestination)[] destinations) => StartAsync(new Run(["main"], health, destinations));

        public static Task<Run> StartAsync(string[] listeners, params (string, FakeDestination)[] destinations) => StartAsync(new Run(listeners, "", destinations));

        public Task ReloadAsync(params (string, FakeDestination)[] destinations) => ReloadAsync(_listeners, destinations);

        public Task ReloadAsync(string[] listeners, params (string, FakeDestination)[] destinations) => WriteAsync(Json(listeners, destinations), "configuration reloaded");

        /// <summary>A configuration with one listener, at an address.</summary>
        public string WithListener(string url, params (string, FakeDestination)[] destinations) => Json(["main"], destinations).Replace("\"main\": { \"Url\": \"http://127.0.0.1:0\"", $"\"main\": {{ \"Url\": \"{url}\"", StringComparison.Ordinal);

        public Task WriteAsync(string json, string said) => ChangeAsync(() => _file.Write(json), said);

        public Task DeleteAsync() => ChangeAsync(() => File.Delete(_file.Path), "there is no such file");

        /// <summary>The addresses that are open now, the operator's among them.</summary>
        public IReadOnlyCollection<string> Listening() => [.. Proxy.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            _file.Dispose();
        }

        private static async Task<Run> StartAsync(Run run)
        {
            run.Proxy = await ProxyHost.StartAsync(new RunArguments { ConfigFile = run._file.Path }, services => services.AddSingleton<TimeProvider>(run.Clock));
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

        private string Json(string[] listeners, (string Name, FakeDestination Destination)[] destinations) =>
            $$"""
            {
              "Listeners": { {{string.Join(", ", listeners.Select(name => $$"""
            "{{name}}": { "Url": "http://127.0.0.1:0" }
            """))}} },
              "Admin": { "Url": "http://127.0.0.1:0" },
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
