using System.Net;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Destinations that EndpointSlices tell of, by an API server that lists and watches.</summary>
public sealed class KubernetesDiscoveryTests : IAsyncLifetime
{
    private readonly FakeDestination _one = new(Behave.Ok("1"));
    private FakeDestination _two = null!;
    private FakeKubernetes _kubernetes = null!;

    // One port on several addresses of loopback, as pods of one service have it.
    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "The loopback of this system has one address.");
        _two = new FakeDestination(Behave.Ok("2"), at: new IPEndPoint(IPAddress.Parse("127.0.0.2"), _one.Port));
        _kubernetes = await FakeKubernetes.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in (IAsyncDisposable?[])[_kubernetes, _one, _two])
        {
            await (one?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    [Fact]
    public async Task Pods_that_are_ready_are_destinations_from_the_first_request_on()
    {
        SetSlice("web-x", Pod("web-0", "127.0.0.1"), Pod("web-1", "127.0.0.2"), Pod("web-2", "127.0.0.3", "\"ready\":false"));
        await using var proxy = await StartAsync();

        Assert.Equal("1212", await proxy.AskAsync(4));
        Assert.Equal(("web-0 web-1", "Kubernetes shop/web"), (await NamesAsync(proxy), (await proxy.DescribeAsync("web-0")).GetProperty("source").GetString()));
    }

    [Fact]
    public async Task What_changes_is_followed_without_another_list()
    {
        SetSlice("web-x", Pod("web-0", "127.0.0.1"));
        await using var proxy = await StartAsync(new() { ["Clusters:web:DrainTimeout"] = "0s" });
        await Eventually.HoldsAsync(() => _kubernetes.Watches == 1, "it watches");

        SetSlice("web-y", Pod("web-1", "127.0.0.2"));
        await HasAsync(proxy, "web-0 web-1");
        _kubernetes.Bookmark();
        _kubernetes.Delete("web-x");
        await HasAsync(proxy, "web-1");

        Assert.Equal("22", await proxy.AskAsync(2));
        Assert.Single(_kubernetes.Calls, call => call == "list");
    }

    [Fact]
    public async Task A_watch_that_ends_goes_on_from_where_it_was()
    {
        SetSlice("web-x", Pod("web-0", "127.0.0.1"));
        await using var proxy = await StartAsync();
        await Eventually.HoldsAsync(() => _kubernetes.Watches == 1, "it watches");
        SetSlice("web-y", Pod("web-1", "127.0.0.2"));
        await HasAsync(proxy, "web-0 web-1");

        _kubernetes.EndWatches();
        await Eventually.HoldsAsync(() => _kubernetes.Calls.Count == 3, "it watches again");

        Assert.Equal(["list", "watch from 2", "watch from 3"], _kubernetes.Calls);
    }

    [Fact]
    public async Task What_is_too_old_is_listed_again()
    {
        SetSlice("web-x", Pod("web-0", "127.0.0.1"));
        await using var proxy = await StartAsync(new() { ["Clusters:web:DrainTimeout"] = "0s" });
        await Eventually.HoldsAsync(() => _kubernetes.Watches == 1, "it watches");
        _kubernetes.Forget();
        SetSlice("web-x", Pod("web-1", "127.0.0.2"));

        await HasAsync(proxy, "web-1");
        Assert.Equal(2, _kubernetes.Calls.Count(call => call == "list"));
        Assert.DoesNotContain(proxy.Logs.Records, record => record.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task A_pod_that_terminates_keeps_its_sessions_and_gets_nobody_new_and_one_that_cannot_serve_goes_at_once()
    {
        SetSlice("web-x", Pod("web-0", "127.0.0.1"), Pod("web-1", "127.0.0.2"));
        await using var proxy = await StartAsync(new() { ["Clusters:web:DrainTimeout"] = "1h", ["Clusters:web:SessionAffinity:Enabled"] = "true" });
        await Eventually.HoldsAsync(() => _kubernetes.Watches == 1, "it watches");
        using var first = await proxy.Client.GetAsync("/");
        var cookie = first.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        SetSlice("web-x", Pod("web-0", "127.0.0.1", """ "ready":false,"serving":true,"terminating":true """), Pod("web-1", "127.0.0.2"));
        await Eventually.HoldsAsync(async () => (await proxy.DescribeAsync("web-0")).GetProperty("leavesAt").ValueKind != System.Text.Json.JsonValueKind.Null, "web-0 leaves");
        var (others, session) = (await proxy.AskAsync(2), await proxy.AskAsync(1, cookie));
        SetSlice("web-x", Pod("web-0", "127.0.0.1", """ "ready":false,"serving":false,"terminating":true """), Pod("web-1", "127.0.0.2"));
        await HasAsync(proxy, "web-1");

        Assert.Equal(("22", "1", "2"), (others, session, await proxy.AskAsync(1, cookie)));
    }

    [Fact]
    public async Task While_the_server_fails_the_last_answer_stays_and_it_is_said_once()
    {
        SetSlice("web-x", Pod("web-0", "127.0.0.1"));
        await using var proxy = await StartAsync();
        await Eventually.HoldsAsync(() => _kubernetes.Watches == 1, "it watches");

        _kubernetes.Failure = 403;
        _kubernetes.Forget();
        await Eventually.HoldsAsync(() => proxy.Metrics.Sum("lb.discovery.lookups", "lb.outcome=failure") >= 3, "it has failed three times");
        var answer = await proxy.AskAsync(1);
        _kubernetes.Failure = 0;
        await proxy.Logs.WaitForAsync("is looked up again, destinations: 1");

        Assert.Equal("1", answer);
        Assert.Equal(
            "cluster web: Kubernetes shop/web cannot be looked up: the API server answered 403: endpointslices is forbidden; the last answer stays, destinations: 1",
            Assert.Single(proxy.Logs.Records, record => record.Level == LogLevel.Warning).Message);
    }

    [Fact]
    public async Task Scaled_to_nothing_there_are_no_destinations_and_that_is_no_failure()
    {
        SetSlice("web-x", Pod("web-0", "127.0.0.1"));
        await using var proxy = await StartAsync(new() { ["Clusters:web:DrainTimeout"] = "0s" });
        await Eventually.HoldsAsync(() => _kubernetes.Watches == 1, "it watches");

        SetSlice("web-x");
        await HasAsync(proxy, "");

        using var answer = await proxy.Client.GetAsync("/");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 0), (answer.StatusCode, proxy.Metrics.Observe("lb.discovery.failing", "lb.cluster=web")));
    }

    [Fact]
    public async Task The_token_is_read_again_for_each_call()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "first\n", TestContext.Current.CancellationToken);
            SetSlice("web-x", Pod("web-0", "127.0.0.1"));
            await using var proxy = await StartAsync(new() { ["Clusters:web:Discovery:Kubernetes:TokenFile"] = file });
            await Eventually.HoldsAsync(() => _kubernetes.Watches == 1, "it watches");

            await File.WriteAllTextAsync(file, "second", TestContext.Current.CancellationToken);
            _kubernetes.Forget();

            await Eventually.HoldsAsync(() => _kubernetes.Calls.Contains("list Bearer second"), "it has the other token");
            Assert.Equal("list Bearer first", _kubernetes.Calls[0]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private void SetSlice(string name, params string[] pods) => _kubernetes.Set("web", name, $"[{string.Join(',', pods)}]", $$"""[{"name":"http","port":{{_one.Port}}}]""");

    private static string Pod(string name, string address, string conditions = "\"ready\":true") =>
        $$"""{"addresses":["{{address}}"],"conditions":{ {{conditions}} },"targetRef":{"kind":"Pod","name":"{{name}}"} }""";

    private Task<ProxyHost> StartAsync(Dictionary<string, string?>? more = null) => ProxyHost.StartAsync(new Dictionary<string, string?>(more ?? [])
    {
        ["Clusters:web:Discovery:Kubernetes:Service"] = "web",
        ["Clusters:web:Discovery:Kubernetes:Namespace"] = "shop",
        ["Clusters:web:Discovery:Kubernetes:Url"] = _kubernetes.Url,
        ["Clusters:web:Discovery:Kubernetes:MaximumBackoff"] = "100ms",
    });

    private static async Task<string> NamesAsync(ProxyHost proxy) => string.Join(
        ' ', (await proxy.DescribeClusterAsync("web")).GetProperty("destinations").EnumerateArray().Select(view => view.GetProperty("name").GetString()));

    private static Task HasAsync(ProxyHost proxy, string names) => Eventually.HoldsAsync(async () => await NamesAsync(proxy) == names, $"the destinations are {names}");
}
