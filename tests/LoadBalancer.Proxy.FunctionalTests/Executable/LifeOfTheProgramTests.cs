using System.Runtime.InteropServices;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>The built program from its first line to its exit code.</summary>
public sealed class LifeOfTheProgramTests : IDisposable
{
    private static readonly string[] OwnPorts = ["--listen", "http://127.0.0.1:0", "--admin", "none"];

    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_tells_the_story_of_the_seed()
    {
        await using var a = new FakeDestination { HealthPath = "/health-check" };
        await using var b = new FakeDestination { HealthPath = "/health-check" };
        await using var c = new FakeDestination { HealthPath = "/health-check" };
        string[] servers = [.. new[] { a, b, c }.Select(NameOf)];
        await using var process = ProxyProcess.Start(
            _folder, [.. OwnPorts, "--servers", string.Join(',', servers), "--health-path", "/health-check", "--health-interval", "1h", "--verbose"]);
        var address = await process.WaitForAddressAsync();
        foreach (var server in servers)
        {
            await process.WaitForEventAsync($"the following host is up {server}");
        }

        process.Send(PosixSignal.SIGTERM);
        await process.WaitForExitAsync();

        var events = process.Events;
        Assert.Equal($"INFO - server listening on {address} ({(OperatingSystem.IsLinux() ? "eventloop" : "kestrel")})", events[0]);
        foreach (var server in servers)
        {
            Assert.Equal(
                [$"performing health check on the following server {server}", $"the following host is up {server}"],
                events.Where(line => line.EndsWith($" {server}", StringComparison.Ordinal)).Select(line => line[(line.IndexOf(" - ", StringComparison.Ordinal) + 3)..]));
        }

        Assert.Equal(["INFO - gracefully shutting down server", "INFO - server shutdown complete"], events.TakeLast(2));
    }

    [Theory]
    [InlineData(PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT)]
    public async Task A_signal_stops_it_with_code_0(PosixSignal signal)
    {
        await using var process = ProxyProcess.Start(_folder, [.. OwnPorts, "--servers", "127.0.0.1:1"]);
        await process.WaitForAddressAsync();

        process.Send(signal);

        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.Empty(process.Errors);
    }

    [Fact]
    public async Task A_hangup_has_the_configuration_read_again_and_stops_nothing()
    {
        await using var destination = new FakeDestination(Behave.Ok("a"));
        await using var process = ProxyProcess.Start(_folder, [.. OwnPorts, "--servers", NameOf(destination), "--health-path", "/health"]);
        using var client = new HttpClient { BaseAddress = new Uri(await process.WaitForAddressAsync()) };
        await process.WaitForEventAsync("is up");

        process.Send(PosixSignal.SIGHUP);

        Assert.Equal("INFO - configuration reloaded", await process.WaitForEventAsync("configuration"));
        Assert.Equal("a", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Every_line_of_the_console_begins_with_a_time_and_a_level()
    {
        await using var destination = new FakeDestination();
        await using var process = ProxyProcess.Start(_folder, [.. OwnPorts, "--servers", $"{NameOf(destination)},127.0.0.1:1", "--health-path", "/health", "--verbose"]);
        using var client = new HttpClient { BaseAddress = new Uri(await process.WaitForAddressAsync()) };
        await process.WaitForEventAsync("the following host is down 127.0.0.1:1");
        await client.GetStringAsync("/");

        process.Send(PosixSignal.SIGTERM);
        await process.WaitForExitAsync();

        Assert.All(process.Output, line => Assert.Matches(@"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3} - (DEBUG|INFO|WARNING|ERROR) - \S", line));
    }

    [Fact]
    public async Task A_host_that_refuses_is_said_to_be_down_and_why()
    {
        await using var process = ProxyProcess.Start(_folder, [.. OwnPorts, "--servers", "127.0.0.1:1"]);

        Assert.Equal("WARNING - the following host is down 127.0.0.1:1 (connection refused)", await process.WaitForEventAsync("is down"));
    }

    [Fact]
    public async Task A_host_that_answers_500_is_said_to_be_down_and_why()
    {
        await using var destination = new FakeDestination { Health = Behave.Answer(500, "") };
        await using var process = ProxyProcess.Start(_folder, [.. OwnPorts, "--servers", NameOf(destination), "--health-path", "/health"]);

        Assert.Equal($"WARNING - the following host is down {NameOf(destination)} (status code: 500)", await process.WaitForEventAsync("is down"));
    }

    [Fact]
    public async Task A_request_has_a_line_when_asked_for()
    {
        await using var destination = new FakeDestination(Behave.Answer(404, ""));
        await using var process = ProxyProcess.Start(_folder, [.. OwnPorts, "--servers", NameOf(destination), "--health-path", "/health", "--verbose"]);
        using var client = new HttpClient { BaseAddress = new Uri(await process.WaitForAddressAsync()) };

        using var answer = await client.GetAsync("/some/page?q=1");

        Assert.Matches($@"^DEBUG - GET /some/page\S* .*{NameOf(destination)}.* 404 .*\d+.*ms", await process.WaitForEventAsync("/some/page"));
    }

    [Fact]
    public async Task A_request_has_no_line_when_none_is_asked_for()
    {
        await using var destination = new FakeDestination();
        await using var process = ProxyProcess.Start(_folder, [.. OwnPorts, "--servers", NameOf(destination), "--health-path", "/health"]);
        using var client = new HttpClient { BaseAddress = new Uri(await process.WaitForAddressAsync()) };
        await client.GetStringAsync("/some/page");

        process.Send(PosixSignal.SIGTERM);
        await process.WaitForExitAsync();

        Assert.DoesNotContain(process.Events, line => line.Contains("/some/page", StringComparison.Ordinal) || line.Contains("performing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_environment_overrides_the_file()
    {
        await using var inFile = new FakeDestination(Behave.Ok("file"));
        await using var inEnvironment = new FakeDestination(Behave.Ok("environment"));
        var file = _folder.Write("lb.json", $$"""{ "Clusters": { "web": { "Destinations": { "a": { "Address": "{{inFile.Address}}" } } } } }""");
        var environment = new Dictionary<string, string> { ["LoadBalancer__Clusters__web__Destinations__a__Address"] = inEnvironment.Address };
        await using var process = ProxyProcess.Start(_folder, environment, [.. OwnPorts, "--config", file]);
        using var client = new HttpClient { BaseAddress = new Uri(await process.WaitForAddressAsync()) };

        Assert.Equal("environment", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_service_of_the_environment_stands_for_all_its_addresses()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        var environment = new Dictionary<string, string>
        {
            ["LoadBalancer__Clusters__web__Destinations__backend__Address"] = "http://backend",
            ["services__backend__http__0"] = a.Address,
            ["services__backend__http__1"] = b.Address,
        };
        await using var process = ProxyProcess.Start(_folder, environment, OwnPorts);
        using var client = new HttpClient { BaseAddress = new Uri(await process.WaitForAddressAsync()) };

        Assert.Equal("ab", await client.GetStringAsync("/") + await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_client_is_not_believed_where_the_host_says_that_proxies_are_to_be_believed()
    {
        await using var destination = new FakeDestination();
        var environment = new Dictionary<string, string> { ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true" };
        await using var process = ProxyProcess.Start(_folder, environment, [.. OwnPorts, "--servers", NameOf(destination), "--health-path", "/health"]);
        var address = await process.WaitForAddressAsync();
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");

        await client.GetStringAsync("/");

        var request = await destination.WaitForRequestAsync();
        Assert.Equal(("127.0.0.1", "http"), (request.Header("X-Forwarded-For"), request.Header("X-Forwarded-Proto")));
    }

    [Fact]
    public async Task A_cluster_without_destinations_is_enough_to_start()
    {
        var file = _folder.Write("lb.json", """{ "Clusters": { "web": {} } }""");
        await using var process = ProxyProcess.Start(_folder, [.. OwnPorts, "--config", file]);
        using var client = new HttpClient { BaseAddress = new Uri(await process.WaitForAddressAsync()) };

        using var answer = await client.GetAsync("/");

        Assert.Equal(503, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_valid_file_is_called_valid_with_code_0()
    {
        var file = _folder.Write("lb.json", """{ "Clusters": { "web": { "Destinations": { "a": { "Address": "http://localhost:5001" } } } } }""");

        await using var process = await ProxyProcess.RunAsync(_folder, "validate", "--config", file);

        Assert.Equal((0, "configuration is valid"), (await process.WaitForExitAsync(), Assert.Single(process.Output)));
    }

    [Fact]
    public async Task Help_is_an_answer_and_no_error()
    {
        await using var process = await ProxyProcess.RunAsync(_folder, "--help");

        Assert.Equal((0, 0), (await process.WaitForExitAsync(), process.Errors.Count));
        Assert.Contains(process.Output, line => line.Contains("--servers", StringComparison.Ordinal));
    }

    private static string NameOf(FakeDestination destination) => new Uri(destination.Address).Authority;
}
