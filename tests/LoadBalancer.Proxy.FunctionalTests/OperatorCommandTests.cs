using LoadBalancer.Proxy.CommandLine;
using LoadBalancer.Proxy.Hosting;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>The commands for a proxy that runs, as an operator types them.</summary>
public sealed class OperatorCommandTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Status_shows_every_destination_in_a_table()
    {
        await using var proxy = await ProxyHost.StartWithAsync(new()
        {
            ["Clusters:web:Destinations:a:Address"] = "http://127.0.0.1:1",
            ["Clusters:web:Destinations:second:Address"] = "http://127.0.0.1:20000",
            ["Clusters:web:Destinations:second:Weight"] = "20",
        });

        Assert.Equal(0, await InvokeAsync(proxy, "status"));

        Assert.Equal(
            """
            web (RoundRobin)
            DESTINATION  ADDRESS                  WEIGHT  PRIORITY  HEALTH   STATE   IN FLIGHT  REQUESTS  FAILURES  LATENCY MS
            a            http://127.0.0.1:1/           1         0  Unknown  Active          0         0         0         0.0
            second       http://127.0.0.1:20000/      20         0  Unknown  Active          0         0         0         0.0

            """.ReplaceLineEndings("\n"),
            _output.ToString().ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("drain a", "Draining", "web/a: draining, weight 1, 0 in flight")]
    [InlineData("drain web/a", "Draining", "web/a: draining, weight 1, 0 in flight")]
    [InlineData("down WEB/A", "Down", "web/a: down, weight 1, 0 in flight")]
    [InlineData("resume a", "Active", "web/a: active, weight 1, 0 in flight")]
    [InlineData("weight a 7", "Active", "web/a: active, weight 7, 0 in flight")]
    [InlineData("weight a default", "Active", "web/a: active, weight 1, 0 in flight")]
    public async Task A_destination_is_changed_and_told(string typed, string state, string told)
    {
        await using var proxy = await ProxyHost.StartAsync("http://127.0.0.1:1");

        Assert.Equal(0, await InvokeAsync(proxy, typed.Split(' ')));

        Assert.Equal((told, ""), (_output.ToString().Trim(), _error.ToString()));
        Assert.Equal(state, (await proxy.DescribeAsync("a")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_destination_whose_name_has_a_slash_is_found()
    {
        await using var proxy = await ProxyHost.StartWithAsync(new() { ["Clusters:web:Destinations:a/b:Address"] = "http://127.0.0.1:1" });

        Assert.Equal(0, await InvokeAsync(proxy, "drain", "a/b"));
        Assert.Equal("Draining", (await proxy.DescribeAsync("a/b")).GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("drain c", "there is no destination 'c'; there are one/a, two/a, two/b")]
    [InlineData("drain a", "'a' is in several clusters: write one/a or two/a")]
    public async Task What_is_not_one_destination_is_one_line_and_code_1(string typed, string error)
    {
        await using var proxy = await ProxyHost.StartWithAsync(new()
        {
            ["Routes:r:ClusterId"] = "one",
            ["Clusters:one:Destinations:a:Address"] = "http://127.0.0.1:1",
            ["Clusters:two:Destinations:a:Address"] = "http://127.0.0.1:2",
            ["Clusters:two:Destinations:b:Address"] = "http://127.0.0.1:3",
        });

        Assert.Equal(1, await InvokeAsync(proxy, typed.Split(' ')));
        Assert.Equal((error, ""), (_error.ToString().Trim(), _output.ToString()));
    }

    [Fact]
    public async Task Explain_shows_the_way_of_a_request()
    {
        await using var proxy = await ProxyHost.StartWithAsync(new()
        {
            ["Routes:static:ClusterId"] = "web",
            ["Routes:static:Match:Path"] = "/static/{**rest}",
            ["Routes:all:ClusterId"] = "web",
            ["Clusters:web:LoadBalancingPolicy"] = "ConsistentHash",
            ["Clusters:web:Hash:Source"] = "Header",
            ["Clusters:web:Hash:Name"] = "X-Tenant",
            ["Clusters:web:Destinations:a:Address"] = "http://127.0.0.1:1",
            ["Clusters:web:Destinations:spare:Address"] = "http://127.0.0.1:2",
            ["Clusters:web:Destinations:spare:Priority"] = "1",
        });

        Assert.Equal(0, await InvokeAsync(proxy, "explain", "GET", "http://shop.example/items?id=1", "--header", "X-Tenant: a"));

        Assert.Equal(
            """
            GET http://shop.example/items?id=1
            route: all
            cluster: web (ConsistentHash)
            key: Header X-Tenant, hash d24ec4f1a98c6e5b

            ROUTE   ORDER  HOST  PATH              WHY
            static      0  -     /static/{**rest}  path: '/items' is not like '/static/{**rest}'
            all         0  -     -                 matches

            DESTINATION  PICK     WEIGHT  PRIORITY  HEALTH   STATE   IN FLIGHT  WHY
            a            next          1         0  Unknown  Active          0  the key leads here, by ConsistentHash
            spare        reserve       1         1  Unknown  Active          0  priority 1, and enough of priority 0 are available

            """.ReplaceLineEndings("\n"),
            _output.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Json_is_the_answer_of_the_API()
    {
        await using var proxy = await ProxyHost.StartAsync("http://127.0.0.1:1");

        Assert.Equal(0, await InvokeAsync(proxy, "status", "--json"));
        Assert.Equal((await proxy.Admin.GetStringAsync("/api/clusters")).Trim(), _output.ToString().Trim());
    }

    [Theory]
    [InlineData("s3cret", 0, "")]
    [InlineData("wrong", 1, "the admin listener does not know the token that it was given")]
    public async Task The_token_is_sent(string token, int code, string error)
    {
        await using var proxy = await ProxyHost.StartAsync(new Dictionary<string, string?> { ["Admin:Token"] = "s3cret" }, "http://127.0.0.1:1");

        Assert.Equal((code, error), (await InvokeAsync(proxy, "status", "--token", token), _error.ToString().Trim()));
    }

    [Fact]
    public async Task Without_a_proxy_it_is_one_line_and_code_1()
    {
        var address = DeadAddress.Refusing();

        Assert.Equal(1, await new ProxyCommandLine(NoRun, _output, _error).InvokeAsync(["status", "--admin", address]));
        Assert.Equal($"cannot reach the admin listener at {address}/ (connection refused). Is the proxy running? Another address: --admin", _error.ToString().Trim());
    }

    [Fact]
    public async Task What_is_no_admin_listener_is_one_line_and_code_1()
    {
        await using var other = new FakeDestination(Behave.Ok("hello"));

        Assert.Equal(1, await new ProxyCommandLine(NoRun, _output, _error).InvokeAsync(["status", "--admin", other.Address]));
        Assert.Equal($"{other.Address}/ does not answer as the admin listener of a load balancer does (status code: 200)", _error.ToString().Trim());
    }

    [Fact]
    public async Task Reload_says_what_has_changed()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        run.Write(["main"], ("a", a), ("b", b));

        Assert.Equal(0, await InvokeAsync(run.Proxy, "reload", "--preview"));
        Assert.Equal(0, await InvokeAsync(run.Proxy, "reload"));
        Assert.Equal(0, await InvokeAsync(run.Proxy, "reload"));

        var value = $$"""{"Address":"{{b.Address}}"}""";
        var table = $$"""
            CHANGE  WHAT         KEY                          BEFORE  AFTER
            added   destination  Clusters:web:Destinations:b  -       {{value}}
            """;
        Assert.Equal(
            $"would change\n{table}\nconfiguration reloaded\n{table}\nconfiguration reloaded: nothing changed\n".ReplaceLineEndings("\n"),
            _output.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Reload_of_a_wrong_file_is_a_line_for_each_error_and_code_1()
    {
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        run.Write(["main=nonsense", "other=nonsense"], ("a", a));

        Assert.Equal(1, await InvokeAsync(run.Proxy, "reload"));
        Assert.Equal(("", 2), (_output.ToString(), _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => line.Contains("is not an address to listen on", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Validate_against_a_proxy_says_what_the_file_would_change_there()
    {
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        using var file = new ConfigFile($$"""
            { "Listeners": { "main": { "Url": "http://127.0.0.1:0" } }, "Admin": { "Url": "http://127.0.0.1:0" }, "Clusters": { "web": { "Destinations": { "a": { "Address": "{{a.Address}}", "Weight": 2 } } } } }
            """);

        Assert.Equal(0, await new ProxyCommandLine(NoRun, _output, _error).InvokeAsync(["validate", "--config", file.Path, "--against", run.Proxy.Addresses.Admin!]));

        Assert.Equal(
            """
            would change
            CHANGE   WHAT         KEY                                 BEFORE  AFTER
            changed  destination  Clusters:web:Destinations:a:Weight  1       2

            """.ReplaceLineEndings("\n"),
            _output.ToString().ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("status --watch", "web (RoundRobin)")]
    [InlineData("status --watch --json", "{\"sequence\":")]
    public async Task Status_is_shown_again_and_again_until_it_is_ended(string typed, string shown)
    {
        await using var proxy = await ProxyHost.StartAsync("http://127.0.0.1:1");
        var clock = new ManualTimeProvider();
        using var end = new CancellationTokenSource();
        var output = TextWriter.Synchronized(_output);

        var run = new ProxyCommandLine(NoRun, output, _error) { Time = clock }.InvokeAsync([.. typed.Split(' '), "--admin", proxy.Addresses.Admin!], end.Token);
        await Eventually.HoldsAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return Lines().Count(line => line.StartsWith(shown, StringComparison.Ordinal)) >= 3;
            },
            "it is shown three times");
        await end.CancelAsync();

        Assert.Equal((0, ""), (await run.InTime(), _error.ToString()));

        // The writer locks itself while it writes.
        string[] Lines()
        {
            lock (output)
            {
                return _output.ToString().Split('\n');
            }
        }
    }

    [Fact]
    public async Task Health_is_0_when_it_is_ready_and_1_when_it_stops()
    {
        await using var proxy = await ProxyHost.StartAsync(new ManualTimeProvider(), new() { ["ShutdownDelay"] = "10s" }, "http://127.0.0.1:1");

        Assert.Equal((0, "ready"), (await InvokeAsync(proxy, "health"), _output.ToString().Trim()));

        proxy.Services.GetRequiredService<StopSignals>().Leave();
        Assert.Equal((1, "not ready: the proxy starts or stops"), (await InvokeAsync(proxy, "health"), _error.ToString().Trim()));
    }

    [Fact]
    public async Task Destinations_are_completed()
    {
        await using var proxy = await ProxyHost.StartWithAsync(new()
        {
            ["Routes:r:ClusterId"] = "one",
            ["Clusters:one:Destinations:apple:Address"] = "http://127.0.0.1:1",
            ["Clusters:two:Destinations:apple:Address"] = "http://127.0.0.1:2",
            ["Clusters:two:Destinations:pear:Address"] = "http://127.0.0.1:3",
        });
        var line = $" drain --admin {proxy.Addresses.Admin} ";

        Assert.Equal(0, await new ProxyCommandLine(NoRun, _output, _error).InvokeAsync([$"[suggest:{line.Length}]", line]));

        Assert.Equal(["one/apple", "pear", "two/apple"], _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(one => !one.StartsWith('-')).Order(StringComparer.Ordinal));
    }

    private static Task<int> NoRun(Configuration.RunArguments arguments) => throw new InvalidOperationException("Nothing was to run.");

    private Task<int> InvokeAsync(ProxyHost proxy, params string[] typed) =>
        new ProxyCommandLine(NoRun, _output, _error).InvokeAsync([.. typed, "--admin", proxy.Addresses.Admin!]);
}
