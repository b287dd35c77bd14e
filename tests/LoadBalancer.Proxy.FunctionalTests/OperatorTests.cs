using System.Net;
using System.Text;
using System.Text.Json;
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
    [InlineData("nowhere", "a", """{"state":"down"}""", HttpStatusCode.NotFound)]
    [InlineData("web", "z", """{"state":"down"}""", HttpStatusCode.NotFound)]
    [InlineData("web", "a", """{"state":"asleep"}""", HttpStatusCode.BadRequest)]
    [InlineData("web", "a", """{"state":"1"}""", HttpStatusCode.BadRequest)]
    [InlineData("web", "a", """{"wait":1}""", HttpStatusCode.BadRequest)]
    [InlineData("web", "a", "{", HttpStatusCode.BadRequest)]
    [InlineData("web", "a", "", HttpStatusCode.BadRequest)]
    public async Task A_change_that_cannot_be_made_is_a_problem_that_says_why(string cluster, string destination, string body, HttpStatusCode expected)
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        using var answer = await proxy.Admin.PatchAsync(
            $"/api/clusters/{cluster}/destinations/{destination}", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal((expected, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
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
