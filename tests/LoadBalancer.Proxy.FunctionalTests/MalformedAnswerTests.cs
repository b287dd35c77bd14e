using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class MalformedAnswerTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";
    private const string Two = "Content-Length: 2\r\n";

    [Theory]
    [InlineData("not http", "nonsense\r\n\r\n")]
    [InlineData("another protocol", "SSH-2.0-OpenSSH_9\r\n")]
    [InlineData("empty line", "\r\n\r\n")]
    [InlineData("status of two digits", "HTTP/1.1 20 OK\r\n" + Two + "\r\nok")]
    [InlineData("status of four digits", "HTTP/1.1 2000 OK\r\n" + Two + "\r\nok")]
    [InlineData("status of letters", "HTTP/1.1 abc OK\r\n" + Two + "\r\nok")]
    [InlineData("status 099", "HTTP/1.1 099 Odd\r\n" + Two + "\r\nok")]
    [InlineData("status 000", "HTTP/1.1 000 Odd\r\n" + Two + "\r\nok")]
    [InlineData("no version", "200 OK\r\n" + Two + "\r\nok")]
    [InlineData("version 2", "HTTP/2.0 200 OK\r\n" + Two + "\r\nok")]
    [InlineData("lower-case version", "http/1.1 200 OK\r\n" + Two + "\r\nok")]
    [InlineData("line without a colon", Ok + Two + "nonsense\r\n\r\nok")]
    [InlineData("empty name", Ok + Two + ": b\r\n\r\nok")]
    [InlineData("blank in a name", Ok + Two + "X A: b\r\n\r\nok")]
    [InlineData("control character in a name", Ok + Two + "X\u0001A: b\r\n\r\nok")]
    [InlineData("negative length", Ok + "Content-Length: -2\r\n\r\nok")]
    [InlineData("length of letters", Ok + "Content-Length: two\r\n\r\nok")]
    [InlineData("length with plus", Ok + "Content-Length: +2\r\n\r\nok")]
    [InlineData("length too large for any counter", Ok + "Content-Length: 99999999999999999999\r\n\r\nok")]
    [InlineData("empty length", Ok + "Content-Length:\r\n\r\nok")]
    [InlineData("two differing lengths", Ok + Two + "Content-Length: 3\r\n\r\nok!")]
    [InlineData("two equal lengths", Ok + Two + Two + "\r\nok")]
    [InlineData("transfer coding in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("two differing lengths in one line", Ok + "Content-Length: 2, 3\r\n\r\nok!")]
    [InlineData("unknown transfer coding", Ok + "Transfer-Encoding: xchunked\r\n" + Two + "\r\nok")]
    [InlineData("unknown transfer coding before chunked", Ok + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("chunked twice", Ok + "Transfer-Encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("switch of protocols that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\nfoo")]
    [InlineData("first chunk size of letters", Ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nok\r\n0\r\n\r\n")]
    [InlineData("first chunk size negative", Ok + "Transfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n")]
    public async Task An_answer_that_is_not_valid_becomes_502_and_its_connection_is_not_used_again(string fault, string bytes)
    {
        await using var destination = new FakeDestination().Next(Behave.Raw(bytes + "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get());
        var next = await client.AskAsync(RawRequest.Get());

        Assert.Equal((fault, 502, "ok", 2), (fault, answer.Status, next.Text, destination.Connections));
    }

    [Theory]
    [InlineData("X-A : b", "X-A", "b")]
    [InlineData("X-A: b\r\n c", "X-A", "b   c")]
    [InlineData("X-A: b\r\n\tc", "X-A", "b  \tc")]
    [InlineData("X-A: b\0c", "X-A", "b c")]
    [InlineData("X-A: b\rc", "X-A", "b c")]
    [InlineData("X-A: b\rX-Injected: c", "X-A", "b X-Injected: c")]
    [InlineData("X-A: b\r\n X-Injected: c", "X-A", "b   X-Injected: c")]
    public async Task What_can_be_read_in_one_way_only_is_cleaned(string line, string name, string value)
    {
        await using var destination = new FakeDestination(Behave.Raw(Ok + Two + line + "\r\n\r\nok"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get());

        Assert.Equal((200, value), (answer.Status, answer.Header(name)));
    }

    [Theory]
    [InlineData("X-A: b\u0001c")]
    [InlineData("X-A: b\u007fc")]
    public async Task A_value_with_a_control_character_does_not_reach_the_client(string line)
    {
        await using var destination = new FakeDestination(Behave.Raw(Ok + Two + line + "\r\n\r\nok"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get());

        Assert.Equal(502, answer.Status);
    }

    [Theory]
    [InlineData("All's well!", "All's well!")]
    [InlineData("", "OK")]
    [InlineData("O\u0001K", "OK")]
    [InlineData("O\tK", "OK")]
    [InlineData("\u00e9t\u00e9", "OK")]
    public async Task A_reason_phrase_is_passed_on_where_it_is_plain_text(string sent, string got)
    {
        await using var destination = new FakeDestination(Behave.Raw($"HTTP/1.1 200 {sent}\r\n{Two}\r\nok"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get());

        Assert.Equal($"HTTP/1.1 200 {got}", answer.StatusLine);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Content-Length: 0\r\n\r\n")]
    [InlineData("Connection: close\r\n\r\nhello")]
    public async Task An_answer_that_has_no_content_by_its_status_loses_what_it_has(string rest)
    {
        await using var destination = new FakeDestination(Behave.Ok("good")).Next(Behave.RawThenClose("HTTP/1.1 205 Reset Content\r\n" + rest));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/", "X-Request-Id: mine"));
        var next = await client.AskAsync(RawRequest.Get());

        Assert.Equal((205, "0", null, "mine"), (answer.Status, answer.Header("Content-Length"), answer.Header("Transfer-Encoding"), answer.Header("X-Request-Id")));
        Assert.Equal("good", next.Text);
    }

    [Theory]
    [InlineData(Ok + Two + "\r\nok")]
    [InlineData(Ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("HTTP/1.1 304 Not Modified\r\n\r\n")]
    public async Task Bytes_after_the_end_of_an_answer_do_not_become_the_next(string bytes)
    {
        await using var destination = new FakeDestination(Behave.Ok("good")).Next(Behave.Raw(bytes + "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync(RawRequest.Get());
        var next = await client.AskAsync(RawRequest.Get());

        Assert.Equal((200, "good", 2), (next.Status, next.Text, destination.Connections));
    }

    [Fact]
    public async Task A_body_where_there_must_be_none_does_not_become_the_next_answer()
    {
        await using var destination = new FakeDestination(Behave.Ok("good")).Next(Behave.Raw(Ok + "Content-Length: 8\r\n\r\nHTTP/1.1"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.WithoutBody("HEAD"));
        await client.ReadAnswerAsync(toHead: true);
        var next = await client.AskAsync(RawRequest.Get());

        Assert.Equal(("good", 2), (next.Text, destination.Connections));
    }

    [Theory]
    [InlineData("2\r\nok\r\nxyz\r\n")]
    [InlineData("2\r\nokXX0\r\n\r\n")]
    [InlineData("2\r\nok\r\n-1\r\n")]
    [InlineData("2\r\nok\r\n10000000000000001\r\n")]
    public async Task A_chunk_that_is_not_valid_in_midst_of_a_body_cuts_the_answer_off(string chunks)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync(Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
            await seen.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync(chunks);
        });
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.Get());
        await client.ReadHeadAsync();
        await client.ReadChunkAsync();
        seen.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await client.ReadChunkAsync() != "")
            {
            }
        });
    }

    [Theory]
    [InlineData(Ok + "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n" + Ok + Two + "\r\nok")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + Ok + Two + "\r\nok")]
    [InlineData("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 199 Odd\r\n\r\n" + Ok + Two + "\r\nok")]
    public async Task An_answer_that_is_odd_and_clear_is_passed_on(string bytes)
    {
        await using var destination = new FakeDestination(Behave.Raw(bytes));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 2; i++)
        {
            var answer = await client.AskAsync(RawRequest.Get());
            while (answer.Status < 200)
            {
                answer = await client.ReadAnswerAsync();
            }

            Assert.Equal((200, "ok"), (answer.Status, answer.Text));
            Assert.Single(answer.Headers("Content-Length").Concat(answer.Headers("Transfer-Encoding")));
        }
    }
}
