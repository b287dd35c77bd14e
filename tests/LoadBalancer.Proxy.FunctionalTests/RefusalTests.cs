using System.Text.Json;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What the proxy answers by itself, and what every answer carries.</summary>
public abstract class RefusalTests
{
    private static readonly Dictionary<string, string?> Impatient = new() { ["Clusters:web:HttpRequest:ActivityTimeout"] = "200ms" };

    public static TheoryData<int> Statuses => [502, 503, 504];

    public static TheoryData<string> LongestId => [new string('a', 128)];

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task A_refusal_is_problem_details_that_name_the_cluster_and_the_request(int status)
    {
        await using var a = await DestinationThatMakesAsync(status);
        await using var proxy = await ProxyHost.StartAsync(Impatient, a.Address);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync("GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: 4711\r\n\r\n");

        using var problem = JsonDocument.Parse(answer.Body);
        Assert.Equal("application/problem+json", answer.Header("Content-Type"));
        Assert.Equal(
            ("about:blank", status, "web", "4711"),
            (Member("type"), problem.RootElement.GetProperty("status").GetInt32(), Member("cluster"), Member("requestId")));
        Assert.All([Member("title"), Member("detail")], text => Assert.False(string.IsNullOrWhiteSpace(text)));

        string? Member(string name) => problem.RootElement.GetProperty(name).GetString();
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task A_refusal_never_names_an_address_or_a_port_of_a_destination(int status)
    {
        await using var a = await DestinationThatMakesAsync(status);
        await using var proxy = await ProxyHost.StartAsync(Impatient, a.Address);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync("GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: id\r\n\r\n");

        var everything = string.Join('\n', answer.HeaderLines) + answer.Text;
        Assert.DoesNotContain(new Uri(a.Address).Host, everything, StringComparison.Ordinal);
        Assert.DoesNotContain($"{new Uri(a.Address).Port}", everything, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task A_refusal_of_a_HEAD_has_no_body(int status)
    {
        await using var a = await DestinationThatMakesAsync(status);
        await using var proxy = await ProxyHost.StartAsync(Impatient, a.Address);
        using var client = await proxy.ConnectAsync();

        var first = await client.AskAsync("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
        var second = await client.AskAsync("TRACE / HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal((status, 405), (first.Status, second.Status));
    }

    [Fact]
    public async Task A_cluster_without_destinations_answers_503_and_the_time_to_come_again()
    {
        await using var proxy = await ProxyHost.StartAsync([], []);

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal((503, TimeSpan.FromSeconds(1)), ((int)answer.StatusCode, answer.Headers.RetryAfter?.Delta));
    }

    [Fact]
    public async Task A_cluster_whose_destinations_are_all_unhealthy_answers_503_and_asks_none()
    {
        await using var a = new FakeDestination { Health = Behave.Answer(500, "") };
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(), a.Address);
        await proxy.WaitForHealthAsync("a", "Unhealthy");

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal((503, true, 0), ((int)answer.StatusCode, answer.Headers.RetryAfter is not null, a.Requests.Count));
    }

    [Fact]
    public async Task The_request_id_of_an_answer_is_the_one_that_the_destination_got()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal(Assert.Single(a.Requests).Header("X-Request-Id"), Assert.Single(answer.Headers.GetValues("X-Request-Id")));
    }

    [Theory]
    [InlineData("GET", "", 502)]
    [InlineData("TRACE", "", 405)]
    [InlineData("GET", "Via: 1.1 LoadBalancer, 1.1 LoadBalancer, 1.1 LoadBalancer, 1.1 LoadBalancer, 1.1 LoadBalancer, 1.1 LoadBalancer, 1.1 LoadBalancer, 1.1 LoadBalancer, 1.1 LoadBalancer, 1.1 LoadBalancer\r\n", 508)]
    [InlineData("OPTIONS", "Max-Forwards: 0\r\n", 204)]
    public async Task Every_answer_of_the_proxy_itself_has_the_request_id(string method, string header, int status)
    {
        await using var a = await DestinationThatMakesAsync(502);
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync($"{method} / HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine\r\n{header}\r\n");

        Assert.Equal((status, "mine"), (answer.Status, answer.Header("X-Request-Id")));
    }

    [Theory]
    [InlineData("4711")]
    [InlineData("!~a-B_c/9=+")]
    [MemberData(nameof(LongestId))]
    public async Task An_acceptable_request_id_of_the_client_is_kept(string id)
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync($"GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: {id}\r\n\r\n");

        Assert.Equal((id, id), (answer.Header("X-Request-Id"), Assert.Single(a.Requests).Header("X-Request-Id")));
    }

    [Theory]
    [InlineData("X-Request-Id: two words\r\n")]
    [InlineData("X-Request-Id: \r\n")]
    [InlineData("X-Request-Id: caf\u00c3\u00a9\r\n")]
    [InlineData("X-Request-Id: one\r\nX-Request-Id: two\r\n")]
    [InlineData("")]
    public async Task An_unacceptable_request_id_of_the_client_is_replaced(string header)
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync($"GET / HTTP/1.1\r\nHost: x\r\n{header}\r\n");

        Assert.Matches("^[0-9a-f]{32}$", answer.Header("X-Request-Id"));
    }

    [Fact]
    public async Task A_request_id_that_is_too_long_is_replaced()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync($"GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: {new string('a', 129)}\r\n\r\n");

        Assert.Matches("^[0-9a-f]{32}$", answer.Header("X-Request-Id"));
    }

    private static async Task<FakeDestination> DestinationThatMakesAsync(int status)
    {
        var destination = new FakeDestination(status == 502 ? Behave.RawThenClose("nonsense\r\n\r\n") : Behave.Hang());
        if (status == 503)
        {
            await destination.StopAsync();
        }

        return destination;
    }
}
