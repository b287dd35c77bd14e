using System.Net;
using System.Net.Sockets;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A destination to which no connection can be made has got nothing: the next one is tried, whatever the request.</summary>
public abstract class ConnectFailureTests
{
    private static readonly Dictionary<string, string?> QuickConnect = new() { ["Clusters:web:HttpClient:ConnectTimeout"] = "200ms" };

    public static TheoryData<string> Methods => ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH", "BREW"];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_refusing_destination_is_passed_over(string method)
    {
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(DeadAddress.Refusing(), b.Address);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, method), (answer.StatusCode, Assert.Single(b.Requests).Method));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_destination_that_does_not_take_the_connection_in_time_is_passed_over(string method)
    {
        using var a = new FullBacklog();
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(QuickConnect, a.Address, b.Address);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, method), (answer.StatusCode, Assert.Single(b.Requests).Method));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_destination_that_takes_the_connection_but_says_nothing_in_the_handshake_is_passed_over(string method)
    {
        using var a = new TcpListener(IPAddress.Loopback, 0);
        a.Start();
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(QuickConnect, $"https://{a.LocalEndpoint}", b.Address);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, method), (answer.StatusCode, Assert.Single(b.Requests).Method));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public async Task The_body_of_a_POST_reaches_the_next_destination_intact(int length)
    {
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(DeadAddress.Refusing(), b.Address);
        var body = Text.OfLength(length);

        using var answer = await proxy.Client.PostAsync("/", new StringContent(body));

        Assert.Equal(body, Assert.Single(b.Requests).Body);
    }

    [Fact]
    public async Task A_chunked_body_reaches_the_next_destination_intact()
    {
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(DeadAddress.Refusing(), b.Address);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");

        Assert.Equal("hello world", Assert.Single(b.Requests).Body);
    }

    [Fact]
    public async Task Every_destination_is_tried_when_all_but_the_last_refuse()
    {
        await using var last = new FakeDestination(Behave.Ok("last"));
        string[] refusing = [.. Enumerable.Range(0, 5).Select(_ => DeadAddress.Refusing())];
        await using var proxy = await ProxyHost.StartAsync([.. refusing, last.Address]);

        Assert.Equal("last", await proxy.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task When_all_refuse_the_client_gets_503_and_the_time_to_come_again(string method)
    {
        await using var proxy = await ProxyHost.StartAsync(DeadAddress.Refusing(), DeadAddress.Refusing());

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (answer.StatusCode, answer.Headers.RetryAfter?.Delta));
    }

    [Fact]
    public async Task When_none_takes_the_connection_in_time_the_client_gets_503()
    {
        using var a = new FullBacklog();
        await using var proxy = await ProxyHost.StartAsync(QuickConnect, a.Address);

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Fact]
    public async Task A_failed_connection_is_counted_against_its_destination_only()
    {
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(DeadAddress.Refusing(), b.Address);

        await proxy.Client.GetStringAsync("/");

        Assert.Equal((1, 0), (await FailuresAsync("a"), await FailuresAsync("b")));

        async Task<int> FailuresAsync(string destination) => (await proxy.DescribeAsync(destination)).GetProperty("failures").GetInt32();
    }
}
