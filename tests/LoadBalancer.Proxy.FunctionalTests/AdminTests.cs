using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Who reaches the operator's listener, and what it tells.</summary>
public sealed class AdminTests
{
    private static readonly Dictionary<string, string?> WithToken = new() { ["Admin:Token"] = "s3cret" };

    [Theory]
    [InlineData("/api/clusters")]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/status.js")]
    public async Task No_path_of_it_is_reached_over_a_listener_whatever_Host_says(string path)
    {
        await using var a = new FakeDestination(Behave.Ok("the cluster")) { HealthPath = "" };
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();
        var admin = new Uri(proxy.Addresses.Admin!).Authority;

        var byHost = await client.AskAsync($"GET {path} HTTP/1.1\r\nHost: {admin}\r\n\r\n");
        var byTarget = await client.AskAsync($"GET http://{admin}{path} HTTP/1.1\r\nHost: {admin}\r\n\r\n");

        Assert.Equal(("the cluster", "the cluster"), (byHost.Text, byTarget.Text));
    }

    [Fact]
    public async Task No_request_over_it_reaches_a_cluster()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        using var answer = await proxy.Admin.GetAsync("/nothing/of/the/operator");

        Assert.Equal((HttpStatusCode.NotFound, 0), (answer.StatusCode, a.Requests.Count));
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task It_says_that_the_proxy_is_well_also_without_destinations(string path)
    {
        await using var proxy = await ProxyHost.StartAsync([], []);

        using var answer = await proxy.Admin.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task It_tells_what_a_destination_is_and_has_done()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        await proxy.Client.GetStringAsync("/");
        a.Next(Behave.Reset());
        using var failed = await proxy.Client.PostAsync("/", null);
        await proxy.WaitUntilCountedAsync();

        var view = await proxy.DescribeAsync("a");

        Assert.Equal(
            (a.Address + "/", "Unknown", true, 0, 2, 1),
            (view.GetProperty("address").GetString(), view.GetProperty("health").GetString(), view.GetProperty("available").GetBoolean(),
                view.GetProperty("inFlight").GetInt32(), view.GetProperty("requests").GetInt32(), view.GetProperty("failures").GetInt32()));
    }

    [Fact]
    public async Task It_tells_how_many_requests_are_in_flight()
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await a.WaitForRequestAsync();

        Assert.Equal(1, (await proxy.DescribeAsync("a")).GetProperty("inFlight").GetInt32());
    }

    [Fact]
    public async Task The_latency_is_that_of_the_head_however_long_the_body_takes()
    {
        var (clock, gate) = (new ManualTimeProvider(), new TaskCompletionSource());
        await using var a = new FakeDestination();
        a.Next(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            await gate.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync("hello");
        });
        await using var proxy = await ProxyHost.StartAsync(clock, [], a.Address);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.ReadHeadAsync();

        clock.Advance(TimeSpan.FromSeconds(10));
        gate.SetResult();
        await client.ReadTextAsync(5);

        // Served over the same connection, so only when the first request is over.
        await client.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(0, (await proxy.DescribeAsync("a")).GetProperty("latencyMs").GetDouble());
    }

    [Fact]
    public async Task The_clusters_are_told_with_name_and_policy()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        using var clusters = JsonDocument.Parse(await proxy.Admin.GetStringAsync("/api/clusters"));

        var cluster = Assert.Single(clusters.RootElement.GetProperty("clusters").EnumerateArray());
        Assert.Equal(("web", "RoundRobin"), (cluster.GetProperty("name").GetString(), cluster.GetProperty("policy").GetString()));
    }

    [Theory]
    [InlineData(null, "Bearer")]
    [InlineData("Bearer wrong", "Bearer error=\"invalid_token\"")]
    public async Task With_a_token_the_API_is_closed_to_who_does_not_have_it(string? authorization, string challenge)
    {
        await using var proxy = await ProxyHost.StartAsync(WithToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/clusters");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        using var answer = await proxy.Admin.SendAsync(request);

        Assert.Equal((HttpStatusCode.Unauthorized, challenge), (answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
    }

    [Fact]
    public async Task With_a_token_the_API_is_open_to_who_has_it()
    {
        await using var proxy = await ProxyHost.StartAsync(WithToken);
        proxy.Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "s3cret");

        using var answer = await proxy.Admin.GetAsync("/api/clusters");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task Health_is_told_without_the_token(string path)
    {
        await using var proxy = await ProxyHost.StartAsync(WithToken);

        using var answer = await proxy.Admin.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task With_a_token_it_does_not_tell_which_paths_there_are()
    {
        await using var proxy = await ProxyHost.StartAsync(WithToken);

        using var answer = await proxy.Admin.GetAsync("/nothing");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData("/", "text/html; charset=utf-8")]
    [InlineData("/status.css", "text/css; charset=utf-8")]
    [InlineData("/status.js", "text/javascript; charset=utf-8")]
    [InlineData("/events.js", "text/javascript; charset=utf-8")]
    [InlineData("/explain.js", "text/javascript; charset=utf-8")]
    public async Task Its_page_is_served_without_the_token_and_may_load_nothing_from_elsewhere(string path, string mediaType)
    {
        await using var proxy = await ProxyHost.StartAsync(WithToken);

        using var answer = await proxy.Admin.GetAsync(path);

        Assert.Equal((HttpStatusCode.OK, mediaType), (answer.StatusCode, answer.Content.Headers.ContentType?.ToString()));
        Assert.Contains("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_others_can_reach_needs_a_token()
    {
        var arguments = new RunArguments { Admin = "http://*:0" };

        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => ProxyHost.StartAsync(arguments));

        Assert.Equal("Admin:Token", Assert.Single(exception.Errors).Path);
    }

    [Fact]
    public async Task Switched_off_it_listens_nowhere()
    {
        await using var a = new FakeDestination(Behave.Ok("a")) { HealthPath = "" };
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { Admin = "none", Servers = [new Uri(a.Address).Authority] });

        Assert.Null(proxy.Addresses.Admin);
        Assert.Equal("a", await proxy.Client.GetStringAsync("/health"));
    }
}
