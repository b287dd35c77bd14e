using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Answers that come too late, are no answers, or break off.</summary>
public abstract class BrokenAnswerTests
{
    private static readonly Dictionary<string, string?> Impatient = new() { ["Clusters:web:HttpRequest:ActivityTimeout"] = "200ms" };

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_destination_that_is_too_slow_makes_504_and_no_other_is_tried(string method)
    {
        await using var a = new FakeDestination(Behave.Hang());
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(Impatient, a.Address, b.Address);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.GatewayTimeout, 0), (answer.StatusCode, b.Requests.Count));
    }

    [Fact]
    public async Task The_connection_to_a_destination_that_was_too_slow_is_closed()
    {
        var closed = new TaskCompletionSource();
        await using var a = new FakeDestination(async exchange =>
        {
            await exchange.WaitForCloseAsync();
            closed.SetResult();
        });
        await using var proxy = await ProxyHost.StartAsync(Impatient, a.Address);

        using var answer = await proxy.Client.GetAsync("/");

        await closed.Task.InTime();
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/9.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n: no name\r\n\r\n")]
    public async Task What_is_no_HTTP_makes_502_of_what_may_not_be_repeated_and_no_other_is_tried(string answer)
    {
        await using var a = new FakeDestination(Behave.RawThenClose(answer));
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(a, b);

        using var got = await proxy.Client.PostAsync("/", new StringContent("order"));

        Assert.Equal((HttpStatusCode.BadGateway, 0), (got.StatusCode, b.Requests.Count));
    }

    [Fact]
    public async Task An_answer_whose_head_has_no_end_makes_502()
    {
        await using var a = new FakeDestination(Behave.RawThenClose("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Range(0, 10_000).Select(i => $"X-{i}: {i}\r\n"))));
        await using var proxy = await ProxyHost.StartAsync(a);

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\nhello", false)]
    [InlineData("Content-Length: 10\r\n\r\nhello", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nA\r\nhello", false)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", false)]
    public async Task An_answer_that_breaks_off_closes_the_connection_so_that_the_client_can_tell(string rest, bool reset)
    {
        var headIsThere = new TaskCompletionSource();
        var answer = "HTTP/1.1 200 OK\r\n" + rest;
        await using var a = new FakeDestination(reset ? Behave.RawThenReset(answer, headIsThere.Task) : Behave.RawThenClose(answer));
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        var whole = ReadWholeAsync(client, headIsThere);

        await Assert.ThrowsAnyAsync<IOException>(() => whole);
    }

    // Head, first bytes and end come at once. What was written to the client must not be lost with its connection.
    [Theory]
    [InlineData("GET", "Content-Length: 10\r\n\r\nhello", "hello")]
    [InlineData("POST", "Content-Length: 10\r\n\r\nhello", "hello")]
    [InlineData("GET", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "5\r\nhello\r\n")]
    [InlineData("POST", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "5\r\nhello\r\n")]
    public async Task An_answer_that_breaks_off_at_once_reaches_the_client_as_far_as_it_came(string method, string rest, string body)
    {
        await using var a = new FakeDestination(Behave.RawThenClose("HTTP/1.1 201 Created\r\n" + rest));
        await using var proxy = await ProxyHost.StartAsync(a);
        for (var i = 0; i < 20; i++)
        {
            using var client = await proxy.ConnectAsync();

            await client.SendAsync($"{method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            var head = await client.ReadHeadAsync();
            var got = await client.Reader.ReadToEndAsync(client.Deadline);

            Assert.Equal((201, body), (head.Status, System.Text.Encoding.ASCII.GetString(got)));
        }
    }

    [Fact]
    public async Task A_body_whose_chunks_turn_into_nonsense_closes_the_connection_so_that_the_client_can_tell()
    {
        var headIsThere = new TaskCompletionSource();
        await using var a = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            await headIsThere.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync("nonsense\r\n0\r\n\r\n");
        });
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        var whole = ReadWholeAsync(client, headIsThere);

        await Assert.ThrowsAnyAsync<IOException>(() => whole);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_counts_against_its_destination()
    {
        await using var a = new FakeDestination(Behave.RawThenClose("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"));
        await using var proxy = await ProxyHost.StartAsync(a);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.WaitForCloseAsync();

        await Eventually.HoldsAsync(async () => (await proxy.DescribeAsync("a")).GetProperty("failures").GetInt32() == 1, "the failure is counted");
    }

    private static async Task ReadWholeAsync(RawClient client, TaskCompletionSource headIsThere)
    {
        var head = await client.ReadHeadAsync();
        headIsThere.SetResult();
        if (head.Header("Content-Length") is not null)
        {
            await client.Reader.ReadExactlyAsync(10, client.Deadline);
            return;
        }

        while (await client.Reader.ReadChunkAsync(client.Deadline) is { Length: > 0 })
        {
        }

        await client.Reader.ReadTrailersAsync(client.Deadline);
    }
}
