using System.Net;
using System.Text;
using System.Text.Json;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Destinations that the operator adds and removes while the proxy runs.</summary>
public sealed class MembershipTests
{
    private const string Destinations = "/api/clusters/web/destinations";

    [Fact]
    public async Task One_that_is_added_gets_its_share_by_its_weight_and_is_told_as_the_operators()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        using var added = await AddAsync(proxy, $$"""{"address":"{{b.Address}}","name":"b","weight":2}""");
        for (var i = 0; i < 6; i++)
        {
            await proxy.Client.GetStringAsync("/");
        }

        Assert.Equal((HttpStatusCode.Created, 2, 4), (added.StatusCode, a.Requests.Count, b.Requests.Count));
        Assert.Equal("operator", (await proxy.DescribeAsync("b")).GetProperty("source").GetString());
    }

    [Fact]
    public async Task One_that_is_added_is_called_by_its_host_and_port_and_is_probed()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination { Health = Behave.Answer(500, "") };
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(), a.Address);

        using var added = await AddAsync(proxy, $$"""{"address":"{{b.Address}}"}""");

        await proxy.WaitForHealthAsync(new Uri(b.Address).Authority, "Unhealthy");
    }

    [Fact]
    public async Task One_that_is_removed_gets_no_new_requests_and_finishes_what_it_has()
    {
        var gate = new TaskCompletionSource();
        await using var a = new FakeDestination(Behave.After(gate.Task, Behave.Ok("late")));
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);
        var answer = proxy.Client.GetStringAsync("/");
        await a.WaitForRequestAsync();

        using var removed = await RemoveAsync(proxy, "a");
        await proxy.Client.GetStringAsync("/");
        await proxy.Client.GetStringAsync("/");
        gate.SetResult();

        Assert.Equal((HttpStatusCode.Accepted, 1, 2, "late"), (removed.StatusCode, a.Requests.Count, b.Requests.Count, await answer));
    }

    [Fact]
    public async Task One_that_is_removed_is_gone_after_the_drain_timeout_and_stays_so_over_a_reload()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var c = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a), ("b", b));
        using var removed = await RemoveAsync(run.Proxy, "a");
        Assert.Equal("a+ b", await NamesAsync(run.Proxy));
        Assert.False((await run.Proxy.DescribeAsync("a")).GetProperty("available").GetBoolean());
        Assert.Equal(0, run.Proxy.Metrics.Observe("lb.destination.available", "lb.cluster=web", "lb.destination=a"));

        run.Clock.Advance(new ClusterOptions().DrainTimeout);
        await Eventually.HoldsAsync(async () => await NamesAsync(run.Proxy) == "b", "the destination is gone");
        await run.ReloadAsync(("a", a), ("b", b), ("c", c));

        Assert.Equal("b c", await NamesAsync(run.Proxy));
    }

    [Fact]
    public async Task One_that_was_added_stays_over_a_reload_and_is_gone_for_good_once_removed()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        using var added = await AddAsync(run.Proxy, $$"""{"address":"{{b.Address}}","name":"mine"}""");

        await run.ReloadAsync(("other-name", a));
        Assert.Equal("other-name mine", await NamesAsync(run.Proxy));

        using var removed = await RemoveAsync(run.Proxy, "mine");
        run.Clock.Advance(new ClusterOptions().DrainTimeout);
        await Eventually.HoldsAsync(async () => await NamesAsync(run.Proxy) == "other-name", "the destination is gone");
    }

    [Fact]
    public async Task One_that_was_removed_is_back_as_it_was_when_it_is_added()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);
        await proxy.Client.GetStringAsync("/");
        await proxy.WaitUntilCountedAsync();
        using var removed = await RemoveAsync(proxy, "a");

        using var added = await AddAsync(proxy, $$"""{"address":"{{a.Address}}"}""");

        var destination = await proxy.DescribeAsync("a");
        Assert.Equal((1, 1, JsonValueKind.Null), (destination.GetProperty("requests").GetInt32(), destination.GetProperty("weight").GetInt32(), destination.GetProperty("source").ValueKind));
    }

    [Theory]
    [InlineData("""{"address":"http://127.0.0.1:1","name":"A"}""", 409, "another destination of the name")]
    [InlineData("""{"address":"127.0.0.1:1"}""", 400, "is not an address: write http://host:port")]
    [InlineData("""{"address":"http://127.0.0.1:0"}""", 400, "has port 0")]
    [InlineData("""{"address":"http://127.0.0.1:1","weight":1001}""", 400, "weight 1001 is out of range. The body must be {")]
    [InlineData("""{"address":"http://127.0.0.1:1","weight":1.5}""", 400, "The value of weight is of the wrong kind. The body must be {")]
    [InlineData("""{"address":"http://127.0.0.1:1","name":""}""", 400, "name is empty. The body must be {")]
    [InlineData("""{"name":"b"}""", 400, "address is missing. The body must be {")]
    [InlineData("""{"adress":"http://127.0.0.1:1"}""", 400, "adress: unknown key; did you mean 'address'? The body must be {")]
    [InlineData("", 400, "The body is not valid JSON at line 1. The body must be {")]
    public async Task What_cannot_be_added_is_a_problem_that_says_why(string body, int status, string detail)
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        using var answer = await AddAsync(proxy, body);

        Assert.Equal(status, (int)answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Contains(detail, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("a", await NamesAsync(proxy));
    }

    [Fact]
    public async Task An_address_that_is_there_is_a_conflict()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        using var answer = await AddAsync(proxy, $$"""{"address":"{{a.Address}}"}""");

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
    }

    [Fact]
    public async Task TLS_to_a_destination_is_refused_where_the_event_loop_serves()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The event loop runs on Linux only.");
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        using var answer = await AddAsync(proxy, """{"address":"https://127.0.0.1:1"}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("EventLoop", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> AddAsync(ProxyHost proxy, string body) => proxy.Admin.PostAsync(Destinations, new StringContent(body, Encoding.UTF8, "application/json"));

    private static async Task<HttpResponseMessage> RemoveAsync(ProxyHost proxy, string destination)
    {
        using var call = new HttpRequestMessage(HttpMethod.Delete, $"{Destinations}/{destination}") { Content = new StringContent("", Encoding.UTF8, "application/json") };
        return await proxy.Admin.SendAsync(call);
    }

    // Those that leave have a plus.
    private static async Task<string> NamesAsync(ProxyHost proxy) => string.Join(' ', (await proxy.DescribeClusterAsync("web")).GetProperty("destinations").EnumerateArray()
        .Select(destination => destination.GetProperty("name").GetString() + (destination.GetProperty("leavesAt").ValueKind == JsonValueKind.Null ? "" : "+")));
}
