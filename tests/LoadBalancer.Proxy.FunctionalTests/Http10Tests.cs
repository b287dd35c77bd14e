using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public abstract class Http10Tests
{
    private const string Request = "GET / HTTP/1.0\r\nHost: example.com\r\n\r\n";

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world")]
    public async Task An_old_client_gets_a_body_that_ends_with_its_length_or_the_connection(string bytes)
    {
        await using var destination = new FakeDestination(Behave.Raw(bytes));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(Request);

        Assert.Equal((null, "hello world"), (answer.Header("Transfer-Encoding"), answer.Text));
        Assert.Equal(0, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task An_old_client_may_keep_its_connection_if_the_length_is_known()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            var answer = await client.AskAsync("GET / HTTP/1.0\r\nHost: example.com\r\nConnection: keep-alive\r\n\r\n");
            Assert.Equal(("keep-alive", "ok"), (answer.Header("Connection"), answer.Text));
        }
    }

    [Fact]
    public async Task An_old_client_that_wants_to_keep_its_connection_still_sees_the_end_of_a_body_of_unknown_length()
    {
        await using var destination = new FakeDestination(Behave.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync("GET / HTTP/1.0\r\nHost: example.com\r\nConnection: keep-alive\r\n\r\n");

        Assert.Equal(("close", "hello"), (answer.Header("Connection"), answer.Text));
    }

    [Fact]
    public async Task A_body_of_an_old_client_reaches_the_destination()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync("POST / HTTP/1.0\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal(("POST / HTTP/1.1", "hello"), (destination.Requests[0].Head[0], destination.Requests[0].Body));
    }

    [Fact]
    public async Task An_old_client_gets_no_answer_but_the_final_one()
    {
        await using var destination = new FakeDestination(Behave.Raw("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        Assert.Equal((200, "ok"), (await client.AskAsync(Request)) is { } answer ? (answer.Status, answer.Text) : default);
    }

    [Fact]
    public async Task Our_answers_say_our_version_and_Via_says_the_clients()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(Request);

        Assert.Equal(("HTTP/1.1 200 Status", "1.0 LoadBalancer"), (answer.StatusLine, destination.Requests[0].Header("Via")));
    }

    [Fact]
    public async Task The_body_of_an_old_destination_ends_with_its_connection_and_leaves_ours_open()
    {
        await using var destination = new FakeDestination(Behave.RawThenClose("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        for (var i = 0; i < 2; i++)
        {
            var answer = await client.AskAsync(RawRequest.Get());
            Assert.Equal(("HTTP/1.1 200 OK", "chunked", "hello", "1.0 LoadBalancer"), (answer.StatusLine, answer.Header("Transfer-Encoding"), answer.Text, answer.Header("Via")));
        }
    }

    [Fact]
    public async Task An_old_client_can_tell_a_broken_answer_from_a_whole_one_by_its_length()
    {
        await using var destination = new FakeDestination(Behave.RawThenClose("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello"));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Request);
        var head = await client.ReadHeadAsync();

        Assert.Equal(("11", "hello"), (head.Header("Content-Length"), System.Text.Encoding.ASCII.GetString(await client.Reader.ReadToEndAsync(client.Deadline))));
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    public async Task An_old_client_can_tell_a_broken_answer_of_unknown_length_from_a_whole_one(string bytes)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var destination = new FakeDestination(Behave.RawThenReset("HTTP/1.1 200 OK\r\n" + bytes, seen.Task));
        await using var proxy = await ProxyHost.StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Request);
        await client.ReadHeadAsync();
        await client.ReadTextAsync(5);
        seen.SetResult();

        // Without a length, a clean end would be the end of the body. Only a reset tells.
        await Assert.ThrowsAsync<IOException>(() => client.Reader.ReadToEndAsync(client.Deadline));
    }
}
