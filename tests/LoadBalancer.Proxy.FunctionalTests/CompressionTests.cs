using System.IO.Compression;
using System.Text;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Answers that the proxy compresses.</summary>
public sealed class CompressionTests
{
    private static readonly string Body = FunctionalTests.Text.OfLength(100_000);

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip, br", "br")]
    [InlineData("deflate", null)]
    [InlineData("", null)]
    public async Task An_answer_is_compressed_as_the_client_likes_it(string accepted, string? coding)
    {
        await using var destination = new FakeDestination(Behave.Answer(200, Body, "Content-Type: text/html", "ETag: \"1\"", "Accept-Ranges: bytes"));
        await using var proxy = await StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/", $"Accept-Encoding: {accepted}"));

        Assert.Equal((coding, "Accept-Encoding", coding is null ? "\"1\"" : "W/\"1\""), (answer.Header("Content-Encoding"), answer.Header("Vary"), answer.Header("ETag")));
        Assert.Equal(coding is null, answer.Header("Accept-Ranges") is not null);
        Assert.Equal(Body, Unpack(answer));
        Assert.True(coding is null || answer.Body.Length < Body.Length / 2, $"{answer.Body.Length}");
    }

    [Theory]
    [InlineData(200, "Content-Type: image/png")]
    [InlineData(200, "Content-Type: text/event-stream")]
    [InlineData(200, "Content-Type: text/html", "Content-Encoding: br")]
    [InlineData(206, "Content-Type: text/html", "Content-Range: bytes 0-99999/200000")]
    [InlineData(200, "Content-Type: text/html", "Cache-Control: public, no-transform")]
    [InlineData(200, "Content-Type: text/html", "Content-Digest: sha-256=:AAAA:")]
    [InlineData(200, "Content-Type: text/html", "Content-MD5: AAAA")]
    [InlineData(404, "Content-Type: text/html", "Digest: sha-256=AAAA")]
    public async Task What_is_not_to_be_compressed_goes_through_as_it_is(int status, params string[] headers)
    {
        await using var destination = new FakeDestination(Behave.Answer(status, Body, headers));
        await using var proxy = await StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/", "Accept-Encoding: gzip"));

        Assert.Equal((Body, "100000", null), (answer.Text, answer.Header("Content-Length"), answer.Header("Vary")));
    }

    [Fact]
    public async Task A_client_that_wants_nothing_changed_gets_it_as_it_is()
    {
        await using var destination = new FakeDestination(Behave.Answer(200, Body, "Content-Type: text/html"));
        await using var proxy = await StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/", "Accept-Encoding: gzip", "Cache-Control: max-age=0, no-transform"));

        Assert.Equal((Body, null, "Accept-Encoding"), (answer.Text, answer.Header("Content-Encoding"), answer.Header("Vary")));
    }

    [Theory]
    [InlineData("Accept-Encoding", "Accept-Encoding")]
    [InlineData("accept-encoding, Cookie", "accept-encoding, Cookie")]
    [InlineData("*", "*")]
    [InlineData("Cookie", "Cookie, Accept-Encoding")]
    public async Task What_answers_vary_by_is_said_once(string said, string vary)
    {
        await using var destination = new FakeDestination(Behave.Answer(200, Body, "Content-Type: text/html", $"Vary: {said}"));
        await using var proxy = await StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/", "Accept-Encoding: gzip"));

        Assert.Equal(("gzip", vary), (answer.Header("Content-Encoding"), string.Join(", ", answer.Headers("Vary"))));
    }

    [Fact]
    public async Task Short_answers_and_those_to_HEAD_are_not_compressed()
    {
        await using var destination = new FakeDestination(Behave.Answer(200, "short", "Content-Type: text/html"));
        await using var large = new FakeDestination(Behave.Answer(200, Body, "Content-Type: text/html"));
        await using var proxy = await StartAsync(destination);
        await using var other = await StartAsync(large);
        using var client = await proxy.ConnectAsync();
        using var asker = await other.ConnectAsync();

        Assert.Equal("short", (await client.AskAsync(RawRequest.Get("/", "Accept-Encoding: gzip"))).Text);
        Assert.Equal("100000", (await asker.AskAsync(RawRequest.WithoutBody("HEAD", "/", "Accept-Encoding: gzip"))).Header("Content-Length"));
    }

    [Fact]
    public async Task Pieces_go_out_as_they_come_and_trailers_follow()
    {
        var gate = new TaskCompletionSource();
        await using var destination = new FakeDestination(async exchange =>
        {
            await exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
            await gate.Task.WaitAsync(exchange.Stopping);
            await exchange.SendAsync("6\r\nsecond\r\n0\r\nX-Trailer: t\r\n\r\n");
        });
        await using var proxy = await StartAsync(destination);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.Get("/", "Accept-Encoding: gzip"));
        await client.ReadHeadAsync();

        var packed = new MemoryStream();
        packed.Write(Encoding.Latin1.GetBytes(await client.ReadChunkAsync()));
        while (Readable(packed) < 5)
        {
            packed.Write(Encoding.Latin1.GetBytes(await client.ReadChunkAsync()));
        }

        gate.SetResult();
        while (await client.ReadChunkAsync() is { Length: > 0 } chunk)
        {
            packed.Write(Encoding.Latin1.GetBytes(chunk));
        }

        Assert.Equal(["X-Trailer: t"], await client.Reader.ReadTrailersAsync(client.Deadline));
        Assert.Equal("firstsecond", Unpack(packed.ToArray(), "gzip"));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_does_not_look_whole()
    {
        await using var destination = new FakeDestination(Behave.RawThenClose($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 200000\r\n\r\n{Body}"));
        await using var proxy = await StartAsync(destination);
        using var client = await proxy.ConnectAsync();

        await Assert.ThrowsAnyAsync<IOException>(() => client.AskAsync(RawRequest.Get("/", "Accept-Encoding: gzip")));
    }

    private static Task<ProxyHost> StartAsync(FakeDestination destination) => ProxyHost.StartAsync(
        new Dictionary<string, string?> { ["Engine"] = "Kestrel", ["Routes:all:ClusterId"] = "web", ["Routes:all:Compression:MinimumSize"] = "100" }, destination.Address);

    private static string Unpack(RawAnswer answer) => Unpack(answer.Body, answer.Header("Content-Encoding"));

    private static string Unpack(byte[] body, string? coding)
    {
        using var packed = new MemoryStream(body);
        using Stream unpacked = coding switch { "gzip" => new GZipStream(packed, CompressionMode.Decompress), "br" => new BrotliStream(packed, CompressionMode.Decompress), _ => packed };
        using var reader = new StreamReader(unpacked, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    // How much of a gzip that has not ended can be read.
    private static int Readable(MemoryStream packed)
    {
        using var unpacked = new GZipStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
        return unpacked.Read(new byte[100], 0, 100);
    }
}
