using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoadBalancer.Proxy.Telemetry;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>The metrics as Prometheus reads them, and what stands in deploy/ about them.</summary>
public sealed partial class PrometheusTests : IAsyncLifetime
{
    private readonly FakeDestination _a = new(Behave.Ok("a"));

    // It tells series of this test's from those of the others in this process.
    private string Port => $"server_port=\"{new Uri(_a.Address).Port}\"";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _a.DisposeAsync();

    [Fact]
    public async Task Requests_are_counted_from_the_first_scrape_on()
    {
        await using var proxy = await StartAsync("scraped");
        await ScrapeAsync(proxy);
        await proxy.Client.GetStringAsync("/");
        await proxy.Client.GetStringAsync("/");

        var lines = await ScrapeUntilAsync(proxy, "lb_requests_total{", "lb_cluster=\"scraped\"", "} 2");

        Assert.Contains(lines, line => line.StartsWith("lb_requests_total{", StringComparison.Ordinal) && Has(line, "lb_cluster=\"scraped\"", "lb_destination=\"a\"", "lb_outcome=\"success\"") && ValueOf(line) == "2");
        Assert.Contains(lines, line => line.StartsWith("lb_destination_available{", StringComparison.Ordinal) && Has(line, "lb_cluster=\"scraped\"") && ValueOf(line) == "1");
        Assert.Contains(lines, line => line.StartsWith("http_server_request_duration_seconds_bucket{", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_text_for_whoever_may_call_the_API_and_nobody_else()
    {
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Admin:Token"] = "s3cret" }, _a.Address);
        using var closed = await proxy.Admin.GetAsync("/metrics");
        proxy.Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "s3cret");
        using var open = await proxy.Admin.GetAsync("/metrics");

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK, "text/plain"), (closed.StatusCode, open.StatusCode, open.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task Whatever_clients_send_makes_no_further_series()
    {
        await using var proxy = await StartAsync("bounded");
        await ScrapeAsync(proxy);
        await AskAsync(proxy, 0);
        var before = (await ScrapeUntilAsync(proxy, "http_client_request_duration_seconds_count{", Port)).Count(IsOfClients);

        for (var number = 1; number < 20; number++)
        {
            await AskAsync(proxy, number);
        }

        var after = await ScrapeUntilAsync(proxy, "http_client_request_duration_seconds_count{", Port, "} 20");
        Assert.Equal((1, 1), (before, after.Count(IsOfClients)));
        Assert.DoesNotContain(after, line => line.Contains("BREW", StringComparison.Ordinal) || line.Contains("host-7", StringComparison.Ordinal));

        bool IsOfClients(string line) => Has(line, "http_client_request_duration_seconds_count{", Port, "http_request_method=\"_OTHER\"", "server_address=\"127.0.0.1\"");
    }

    // The SDK has room for 2,000 series of an instrument, where nobody asks for more.
    [Fact]
    public async Task Each_of_many_destinations_has_its_series()
    {
        await using var proxy = await ProxyHost.StartWithAsync(Enumerable.Range(1, 2_100).ToDictionary(
            number => $"Clusters:many:Destinations:d{number}:Address", number => (string?)$"http://127.0.0.1:{number}"));

        var lines = await ScrapeAsync(proxy);

        Assert.Equal(2_100, lines.Count(line => Has(line, "lb_destination_available{", "lb_cluster=\"many\"")));
        Assert.DoesNotContain(lines, line => line.Contains("otel_metric_overflow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Series_of_destinations_that_are_gone_are_forgotten_before_there_is_no_room_for_those_that_come()
    {
        await using var run = await ReloadingProxy.StartAsync(("a", _a));
        var proxy = run.Proxy;
        await ScrapeAsync(proxy);
        await proxy.Client.GetStringAsync("/");
        await ScrapeUntilAsync(proxy, "lb_attempts_total{", "lb_destination=\"a\"");

        // As pods come and go: three times as many as the first scrape made room for.
        for (var round = 0; round < 3; round++)
        {
            var first = round * 110;
            await run.WriteAsync(Pods(Enumerable.Range(first, 110)), "configuration reloaded");
            var lines = await ScrapeUntilAsync(proxy, "lb_destination_available{", $"lb_destination=\"pod{first + 109}\"");
            Assert.Equal(110, lines.Count(line => Has(line, "lb_destination_available{", "lb_destination=\"pod")));
        }

        await Eventually.HoldsAsync(
            async () => !(await ScrapeAsync(proxy)).Any(line => Has(line, "lb_attempts_total{", "lb_destination=\"a\"")), "the series of a destination that is gone are forgotten");
    }

    [Theory]
    [InlineData("deploy/grafana/loadbalancer.json")]
    [InlineData("deploy/prometheus/alerts.yml")]
    public async Task What_is_deployed_asks_for_metrics_that_there_are(string file)
    {
        await using var proxy = await StartAsync("deployed");
        await ScrapeAsync(proxy);
        await AskAsync(proxy, 0);
        var scraped = (await ScrapeUntilAsync(proxy, "lb_requests_total{", "lb_cluster=\"deployed\"")).Where(line => !line.StartsWith('#')).Select(line => line.Split('{', ' ')[0]).ToHashSet();
        var known = Instruments(proxy).SelectMany(NamesOf).ToHashSet();
        var labels = typeof(TelemetryTags).GetFields().Select(field => ((string)field.GetRawConstantValue()!).Replace('.', '_'));
        var asked = Name().Matches(Expressions(File.ReadAllText(Path.Combine(Root(), file)))).Select(match => match.Value).Except(labels).ToHashSet();

        Assert.NotEmpty(asked);
        Assert.Subset(known, scraped.Where(name => name.StartsWith("lb_", StringComparison.Ordinal)).ToHashSet());
        Assert.Subset(known.Union(scraped).ToHashSet(), asked);
    }

    private static string Pods(IEnumerable<int> numbers) =>
        $$"""
        {
          "Admin": { "Url": "http://127.0.0.1:0" },
          "Listeners": { "main": { "Url": "http://127.0.0.1:0" } },
          "Clusters": { "web": { "Destinations": { {{string.Join(", ", numbers.Select(number => $$"""
            "pod{{number}}": { "Address": "http://127.0.0.1:{{number + 1}}" }
            """))}} } } }
        }
        """;

    private static async Task AskAsync(ProxyHost proxy, int number)
    {
        using var client = await proxy.ConnectAsync();
        await client.AskAsync($"BREW{number} /{number} HTTP/1.1\r\nHost: host-{number}.example\r\nContent-Length: 0\r\n\r\n");
    }

    private static string Expressions(string text) => text.TrimStart().StartsWith('{')
        ? string.Join('\n', JsonDocument.Parse(text).RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()))
        : text;

    // As the exporter makes them of instruments: the unit behind the name, and "total" behind a counter.
    private static IEnumerable<string> NamesOf(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : "");
        var kind = instrument.GetType().Name;
        return kind.StartsWith("Histogram", StringComparison.Ordinal) ? [$"{name}_bucket", $"{name}_count", $"{name}_sum"]
            : kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal) ? [$"{name}_total"]
            : [name];
    }

    private static List<Instrument> Instruments(ProxyHost proxy)
    {
        var (found, factory) = (new List<Instrument>(), proxy.Services.GetRequiredService<IMeterFactory>());
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == ProxyMetrics.Name && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                found.Add(instrument);
            }
        };
        listener.Start();
        return found;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LoadBalancer.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    private static bool Has(string line, params string[] parts) => parts.All(part => line.Contains(part, StringComparison.Ordinal));

    private static string ValueOf(string line) => line[(line.LastIndexOf('}') + 2)..].Split(' ')[0];

    private static async Task<string[]> ScrapeAsync(ProxyHost proxy) => (await proxy.Admin.GetStringAsync("/metrics")).Split('\n');

    // The exporter answers the same for some hundred milliseconds.
    private static async Task<string[]> ScrapeUntilAsync(ProxyHost proxy, params string[] parts)
    {
        string[] lines = [];
        await Eventually.HoldsAsync(async () => (lines = await ScrapeAsync(proxy)).Any(line => Has(line, parts)), $"a line has {string.Join(" and ", parts)}");
        return lines;
    }

    // The name of the cluster tells this proxy's series from those of the others in this process.
    private Task<ProxyHost> StartAsync(string cluster) => ProxyHost.StartWithAsync(new() { [$"Clusters:{cluster}:Destinations:a:Address"] = _a.Address });

    [GeneratedRegex(@"\b(?:lb|http|process)_[a-z_]+(?=\b|\{)")]
    private static partial Regex Name();
}
