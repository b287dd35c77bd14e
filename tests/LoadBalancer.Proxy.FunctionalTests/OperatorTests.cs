using System.Net;
using System.Text;
using System.Text.Json;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What the operator changes through the admin API.</summary>
public sealed class OperatorTests
{
    [Theory]
    [InlineData("draining")]
    [InlineData("down")]
    public async Task A_destination_taken_out_gets_no_new_requests(string state)
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);

        await ChangeAsync(proxy, "a", state);
        await proxy.Client.GetStringAsync("/");
        await proxy.Client.GetStringAsync("/");

        Assert.Equal((0, 2), (a.Requests.Count, b.Requests.Count));
    }

    [Fact]
    public async Task A_destination_that_is_drained_finishes_what_it_has()
    {
        var gate = new TaskCompletionSource();
        await using var a = new FakeDestination(Behave.After(gate.Task, Behave.Ok("late")));
        await using var proxy = await ProxyHost.StartAsync(a);
        var answer = proxy.Client.GetStringAsync("/");
        await a.WaitForRequestAsync();

        await ChangeAsync(proxy, "a", "draining");
        gate.SetResult();

        Assert.Equal("late", await answer);
    }

    [Fact]
    public async Task A_destination_put_back_gets_its_share_again()
    {
        await using var a = new FakeDestination();
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);

        await ChangeAsync(proxy, "a", "draining");
        await ChangeAsync(proxy, "a", "active");
        await proxy.Client.GetStringAsync("/");
        await proxy.Client.GetStringAsync("/");

        Assert.Equal((1, 1), (a.Requests.Count, b.Requests.Count));
    }

    [Fact]
    public async Task The_answer_to_a_change_is_the_destination_as_it_then_is()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        using var answer = await ChangeAsync(proxy, "a", "draining");
        using var destination = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());

        Assert.Equal("Draining", destination.RootElement.GetProperty("state").GetString());
        Assert.False(destination.RootElement.GetProperty("available").GetBoolean());
    }

    [Theory]
    [InlineData("nowhere", "a", """{"state":"down"}""", HttpStatusCode.NotFound, "There is no cluster 'nowhere'.")]
    [InlineData("web", "z", """{"state":"down"}""", HttpStatusCode.NotFound, "Cluster 'web' has no destination 'z'.")]
    [InlineData("web", "a", """{"state":"asleep"}""", HttpStatusCode.BadRequest, "state 'asleep' is not one of active, draining, down. The body must be {")]
    [InlineData("web", "a", """{"state":"1"}""", HttpStatusCode.BadRequest, "state '1' is not one of active, draining, down. The body must be {")]
    [InlineData("web", "a", """{"state":"draining","weight":1001}""", HttpStatusCode.BadRequest, "weight 1001 is not a weight. The body must be {")]
    [InlineData("web", "a", """{"weight":"3"}""", HttpStatusCode.BadRequest, "weight \"3\" is not a weight. The body must be {")]
    [InlineData("web", "a", """{"ejected":true}""", HttpStatusCode.BadRequest, "ejected can only be set to false. The body must be {")]
    [InlineData("web", "a", """{"ejected":1}""", HttpStatusCode.BadRequest, "The value of ejected is of the wrong kind. The body must be {")]
    [InlineData("web", "a", """{"breaker":"open"}""", HttpStatusCode.BadRequest, "breaker cannot be set to 'open'. The body must be {")]
    [InlineData("web", "a", """{"wait":1}""", HttpStatusCode.BadRequest, "wait: unknown key; known here: state, weight, ejected, breaker. The body must be {")]
    [InlineData("web", "a", "{}", HttpStatusCode.BadRequest, "There is nothing to change. The body must be {")]
    [InlineData("web", "a", "{", HttpStatusCode.BadRequest, "The body is not valid JSON at line 1. The body must be {")]
    [InlineData("web", "a", "", HttpStatusCode.BadRequest, "The body is not valid JSON at line 1. The body must be {")]
    public async Task A_change_that_cannot_be_made_is_a_problem_that_says_why(string cluster, string destination, string body, HttpStatusCode expected, string detail)
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        using var answer = await proxy.Admin.PatchAsync(
            $"/api/clusters/{cluster}/destinations/{destination}", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal((expected, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.StartsWith(detail, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/clusters", HttpStatusCode.MethodNotAllowed)]
    public async Task A_call_that_there_is_not_is_a_problem(string method, string path, HttpStatusCode expected)
    {
        await using var proxy = await ProxyHost.StartAsync([], []);
        using var call = new HttpRequestMessage(new HttpMethod(method), path);

        using var answer = await proxy.Admin.SendAsync(call);

        Assert.Equal((expected, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task A_call_with_a_body_beyond_measure_is_refused_before_it_is_read()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await RawClient.ConnectAsync(proxy.Addresses.Admin!);

        var answer = await client.AskAsync("PATCH /api/clusters/web/destinations/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n{");

        Assert.Equal(413, answer.Status);
    }

    [Fact]
    public async Task A_call_whose_body_is_broken_is_a_bad_request()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await RawClient.ConnectAsync(proxy.Addresses.Admin!);

        var answer = await client.AskAsync("PATCH /api/clusters/web/destinations/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n");

        Assert.Equal(400, answer.Status);
    }

    [Fact]
    public async Task A_destination_with_a_slash_in_its_name_is_found_too()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { Admin = "http://127.0.0.1:0", Listen = ["http://127.0.0.1:0"], Servers = [$"{a.Address}/sub"] });
        var name = Uri.EscapeDataString($"{new Uri(a.Address).Authority}/sub");

        using var answer = await proxy.Admin.PatchAsync($"/api/clusters/default/destinations/{name}", new StringContent("""{"state":"down"}""", Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_web_page_that_calls_under_a_name_of_its_own_changes_nothing()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        using var call = new HttpRequestMessage(HttpMethod.Patch, "/api/clusters/web/destinations/a")
        {
            Headers = { Host = "evil.example" },
            Content = new StringContent("""{"state":"down"}""", Encoding.UTF8, "application/json"),
        };

        using var answer = await proxy.Admin.SendAsync(call);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("Active", (await proxy.DescribeAsync("a")).GetProperty("state").GetString());
    }

    private static Task<HttpResponseMessage> ChangeAsync(ProxyHost proxy, string destination, string state) => proxy.Admin.PatchAsync(
        $"/api/clusters/web/destinations/{destination}", new StringContent($$"""{"state":"{{state}}"}""", Encoding.UTF8, "application/json"));
}
