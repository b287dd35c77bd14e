using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>YARP's transforms of answers, seen from both ends of the wire.</summary>
public abstract class TransformedAnswerTests
{
    [Theory]
    [InlineData("ResponseHeader=X-A,Set=new", "new")]
    [InlineData("ResponseHeader=X-A,Append=new", "old|new")]
    [InlineData("ResponseHeader=X-A,Set=new,When=Failure", "old")]
    [InlineData("ResponseHeaderRemove=X-A", "")]
    [InlineData("ResponseHeadersCopy=false", "")]
    [InlineData("ResponseHeadersAllowed=X-B", "")]
    [InlineData("ResponseHeadersAllowed=x-a", "old")]
    public async Task Header_fields_of_the_answer_are_changed(string transforms, string sent)
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", transforms);
        pair.Destination.Next(Behave.Answer(200, "hello", "X-A: old", "Connection: X-Private", "X-Private: 1"));

        var answer = await pair.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal((sent, "hello"), (string.Join('|', answer.Headers("X-A")), answer.Text));
        Assert.Equal((null, "1.1 LoadBalancer", "5"), (answer.Header("X-Private"), answer.Header("Via"), answer.Header("Content-Length")));
        Assert.NotNull(answer.Header("X-Request-Id"));
    }

    [Theory]
    [InlineData("ResponseHeader=X-A,Set=1,When=Always", "1")]
    [InlineData("ResponseHeader=X-A,Set=1,When=Failure", "1")]
    [InlineData("ResponseHeader=X-A,Set=1", null)]
    [InlineData("ResponseHeader=Content-Type,Set=text/html,When=Always", null)]
    public async Task The_proxys_own_answers_get_the_fields_that_are_meant_for_failures(string transforms, string? sent)
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", transforms);
        await pair.Destination.StopAsync();

        var answer = await pair.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal((503, sent, "application/problem+json"), (answer.Status, answer.Header("X-A"), answer.Header("Content-Type")));
    }

    [Theory]
    [InlineData("ResponseTrailer=X-T,Set=new", "X-T: new")]
    [InlineData("ResponseTrailer=X-U,Append=new", "X-T: old|X-U: new")]
    [InlineData("ResponseTrailerRemove=X-T", "")]
    [InlineData("ResponseTrailersCopy=false", "")]
    [InlineData("ResponseTrailersAllowed=X-U", "")]
    [InlineData("PathPrefix=/a", "X-T: old")]
    public async Task Trailers_are_changed(string transforms, string sent)
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", transforms);
        pair.Destination.Next(Behave.Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: old\r\n\r\n"));

        var answer = await pair.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal(("hello", sent), (answer.Text, string.Join('|', answer.Trailers)));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_still_cannot_be_taken_for_whole()
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", "ResponseHeader=X-A,Set=1;ResponseTrailer=X-T,Set=1");
        pair.Destination.Next(Behave.RawThenClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
        using var client = await pair.Proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        var head = await client.ReadHeadAsync();

        Assert.Equal((200, "1", "hello"), (head.Status, head.Header("X-A"), await client.ReadChunkAsync()));
        Assert.Equal(0, await client.WaitForCloseAsync());
    }

    [Fact]
    public async Task An_answer_to_HEAD_that_was_asked_for_with_GET_has_no_body_to_wait_for()
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", "HttpMethodChange=GET,Set=HEAD");

        var answer = await pair.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal((200, ""), (answer.Status, answer.Text));
    }
}
