using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoadBalancer.Proxy.FunctionalTests.Executable;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A line for each request, from both engines.</summary>
public sealed partial class AccessLogTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public static TheoryData<string> Engines => OperatingSystem.IsLinux() ? ["Kestrel", "EventLoop"] : ["Kestrel"];

    private string LogPath => Path.Combine(_folder.Path, "access.log");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_line_tells_all_of_a_request(string engine)
    {
        await using var destination = new FakeDestination(Behave.Ok("hello"));
        await using var proxy = await StartAsync(engine, [], destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync("GET /a%20b?c=\"d HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: curl \"8\"\r\nReferer: http://a/\r\nX-Request-Id: id-1\r\n\r\n");

        var line = Assert.Single(await LinesAsync(1));
        Assert.Equal(
            "127.0.0.1 GET shop.example /a%20b?c=\"d HTTP/1.1 200 5 web web a 1 curl \"8\" http://a/ id-1 success",
            Values(line, "client", "method", "host", "target", "protocol", "status", "bytes", "route", "cluster", "destination", "attempts", "userAgent", "referer", "requestId", "outcome"));
        var (total, connect, first) = (Number(line, "totalMs"), Number(line, "connectMs"), Number(line, "firstByteMs"));
        Assert.True(connect >= 0 && first >= connect && total >= first, $"{connect} {first} {total}");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task The_bytes_are_those_of_the_body_however_it_is_framed(string engine)
    {
        await using var destination = new FakeDestination(exchange => exchange.Request.Target switch
        {
            "/chunked" => Behave.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n3\r\n...\r\n0\r\nX-T: t\r\n\r\n")(exchange),
            "/close" => Behave.RawThenClose("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")(exchange),
            "/none" => Behave.Raw("HTTP/1.1 304 Not Modified\r\n\r\n")(exchange),
            _ => Behave.Ok("hello")(exchange),
        });
        await using var proxy = await StartAsync(engine, [], destination);
        using var client = await proxy.ConnectAsync();

        foreach (var request in new[] { "GET /chunked", "GET /close", "GET /none", "GET /length", "HEAD /length" })
        {
            await client.AskAsync($"{request} HTTP/1.1\r\nHost: a\r\n\r\n");
        }

        Assert.Equal("8 5 0 5 0", string.Join(' ', (await LinesAsync(5)).Select(line => Values(line, "bytes"))));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Refusals_have_lines_too(string engine)
    {
        await using var proxy = await StartAsync(engine, new() { ["Routes:web:ClusterId"] = "web", ["Routes:web:Match:Path"] = "/web", ["Clusters:web:Destinations:a:Address"] = DeadAddress.Refusing() });
        using var client = await proxy.ConnectAsync();

        var answers = new[]
        {
            await client.AskAsync("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"),
            await client.AskAsync("TRACE /web HTTP/1.1\r\nHost: a\r\n\r\n"),
            await client.AskAsync("GET /web HTTP/1.1\r\nHost: a\r\n\r\n"),
            await client.AskAsync("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
        };

        Assert.Equal(
            [
                $"404 {answers[0].Body.Length} null null null 0 no_route",
                $"405 {answers[1].Body.Length} null null null 0 refused",
                $"503 {answers[2].Body.Length} web web a 1 connect_failed",
                "204 0 null null null 0 refused",
            ],
            (await LinesAsync(4)).Select(line => Values(line, "status", "bytes", "route", "cluster", "destination", "attempts", "outcome")));
    }

    [Theory]
    [InlineData("GET /a HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n", "\"GET /a HTTP/1.1\" 400 ")]
    [InlineData("GET /a HTTP/1.1\r\nHost: a\r\nX: {0}\r\n\r\n", "\"GET /a HTTP/1.1\" 431 ")]
    [InlineData("no request\r\n\r\n", "\"-\" 400 ")]
    public async Task A_malformed_request_has_a_line_where_the_engine_reads_it(string request, string told)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is only the other engine here.");
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync("EventLoop", new() { ["AccessLog:Format"] = "Combined" }, destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(request.Replace("{0}", new string('x', 40_000), StringComparison.Ordinal));

        Assert.Contains(told, Assert.Single(await TextAsync(1)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task The_client_is_that_of_the_trusted_proxies(string engine)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(engine, new() { ["TrustedProxies:0"] = "127.0.0.1" }, destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n");

        Assert.Equal("203.0.113.9", Values(Assert.Single(await LinesAsync(1)), "client"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_client_that_leaves_has_a_line_with_499(string engine)
    {
        await using var destination = new FakeDestination(Behave.Hang());
        await using var proxy = await StartAsync(engine, [], destination);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await destination.WaitForRequestAsync();

        client.Abort();

        Assert.Equal("499 client_left", Values(Assert.Single(await LinesAsync(1)), "status", "outcome"));
    }

    [Theory]
    [InlineData("Kestrel", "Json")]
    [InlineData("Kestrel", "Combined")]
    [InlineData("EventLoop", "Json")]
    [InlineData("EventLoop", "Combined")]
    public async Task Of_thousands_of_requests_at_once_no_line_is_lost_or_torn(string engine, string format)
    {
        const int clients = 50, each = 60;
        Assert.SkipUnless(engine == "Kestrel" || OperatingSystem.IsLinux(), "There is only the other engine here.");
        await using var destination = new FakeDestination(Behave.Ok("hello"));
        await using var proxy = await StartAsync(engine, new() { ["AccessLog:Format"] = format, ["EventLoops"] = "2" }, destination);

        await Task.WhenAll(Enumerable.Range(0, clients).Select(async number =>
        {
            using var client = await proxy.ConnectAsync();
            for (var i = 0; i < each; i++)
            {
                await client.AskAsync($"GET /{number}/{i}/{new string('x', i)} HTTP/1.1\r\nHost: a\r\nUser-Agent: a \"test\" \\ \u00e9\r\n\r\n");
            }
        }));

        var lines = await TextAsync(clients * each);
        var targets = format == "Json"
            ? lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("target").GetString())
            : lines.Select(line => CombinedLine().Match(line).Groups["target"].Value);
        Assert.Equal(
            Enumerable.Range(0, clients).SelectMany(number => Enumerable.Range(0, each), (number, i) => $"/{number}/{i}/{new string('x', i)}").Order(StringComparer.Ordinal),
            targets.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_reload_switches_it_on_changes_it_and_switches_it_off()
    {
        await using var destination = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", destination));

        async Task AskWithAsync(string? log, string target)
        {
            await run.WriteAsync(Configuration(destination, log), "configuration reloaded");
            await run.Proxy.Client.GetStringAsync(target);

            // The client has its answer a moment before the request is told of, by the configuration of that moment.
            await run.Proxy.Logs.WaitForAsync($"GET {target} ->");
        }

        await AskWithAsync($$"""{ "File": "{{LogPath}}" }""", "/1");
        await AskWithAsync($$"""{ "File": "{{LogPath}}", "Format": "Combined" }""", "/2");
        await AskWithAsync(null, "/3");
        await AskWithAsync($$"""{ "File": "{{LogPath}}" }""", "/4");

        var lines = await TextAsync(3);
        Assert.Equal(["/1", "/2", "/4"], lines.Select(line => Regex.Match(line, @"/\d(?="")|(?<=GET )/\d").Value));
    }

    [Fact]
    public async Task After_a_reload_a_file_that_was_moved_away_is_begun_anew()
    {
        await using var destination = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", destination));
        await run.WriteAsync(Configuration(destination, $$"""{ "File": "{{LogPath}}" }"""), "configuration reloaded");
        File.Move(LogPath, LogPath + ".1");

        await run.WriteAsync(Configuration(destination, $$"""{ "File": "{{LogPath}}" }""") + " ", "configuration reloaded");

        Assert.True(File.Exists(LogPath));
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_refuses_a_reload()
    {
        await using var destination = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", destination));

        await run.WriteAsync(Configuration(destination, $$"""{ "File": "{{LogPath}}/nowhere" }"""), "configuration not reloaded");

        Assert.Contains(run.Proxy.Logs.Records, record => record.Message.Contains($"AccessLog:File: cannot open '{LogPath}/nowhere'", StringComparison.Ordinal));
        await run.Proxy.Client.GetStringAsync("/");
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_one_line_and_code_1()
    {
        var file = _folder.Write("lb.json", $$"""{ "Listeners": { "main": { "Url": "http://127.0.0.1:0" } }, "Admin": { "Url": "none" }, "AccessLog": { "File": "{{_folder.Path}}" }, "Clusters": { "web": {} } }""");

        await using var process = await ProxyProcess.RunAsync(_folder, "--config", file);

        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.StartsWith($"AccessLog:File: cannot open '{_folder.Path}': ", Assert.Single(process.Errors), StringComparison.Ordinal);
        Assert.EndsWith($"({file})", process.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_file_it_is_on_the_console_and_a_stop_loses_nothing()
    {
        await using var destination = new FakeDestination();
        var file = _folder.Write("lb.json", Configuration(destination, "{}"));
        await using var process = ProxyProcess.Start(_folder, "--config", file);
        var address = await process.WaitForAddressAsync();
        using (var client = await RawClient.ConnectAsync(address))
        {
            await client.AskAsync(RawRequest.Get("/on-the-console"));
        }

        process.Send(PosixSignal.SIGTERM);
        await process.WaitForExitAsync();

        Assert.Equal("/on-the-console", JsonDocument.Parse(Assert.Single(process.Output, line => line.StartsWith('{'))).RootElement.GetProperty("target").GetString());
    }

    private static string Configuration(FakeDestination destination, string? log) =>
        $$"""
        {
          "Listeners": { "main": { "Url": "http://127.0.0.1:0" } },
          "Admin": { "Url": "http://127.0.0.1:0" },
          "AccessLog": {{log ?? "null"}},
          "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } }
        }
        """;

    private Task<ProxyHost> StartAsync(string engine, Dictionary<string, string?> settings, params FakeDestination[] destinations) => ProxyHost.StartAsync(
        new Dictionary<string, string?>(settings) { ["Engine"] = engine, ["AccessLog:File"] = LogPath }, [.. destinations.Select(destination => destination.Address)]);

    private async Task<string[]> TextAsync(int count)
    {
        string[] lines = [];
        await Eventually.HoldsAsync(
            () =>
            {
                using var reader = new StreamReader(new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
                lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
                return lines.Length >= count;
            },
            $"there are {count} lines");
        Assert.Equal(count, lines.Length);
        return lines;
    }

    private async Task<JsonElement[]> LinesAsync(int count) => [.. (await TextAsync(count)).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string Values(JsonElement line, params string[] keys) => string.Join(' ', keys.Select(key => line.GetProperty(key) is { ValueKind: JsonValueKind.Null } ? "null" : line.GetProperty(key).ToString()));

    private static double Number(JsonElement line, string key) => line.GetProperty(key).GetDouble();

    [GeneratedRegex("""\A127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET (?<target>/[0-9]+/[0-9]+/x*) HTTP/1\.1" 200 5 "-" "a \\x22test\\x22 \\x5C \\xE9"\z""")]
    private static partial Regex CombinedLine();
}
