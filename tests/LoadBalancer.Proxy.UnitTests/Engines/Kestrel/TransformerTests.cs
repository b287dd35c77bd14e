using System.Net;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Http;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class TransformerTests : IDisposable
{
    private readonly HttpResponseMessage _answer = new(HttpStatusCode.OK) { Content = new ByteArrayContent([]), Version = HttpVersion.Version11 };

    public void Dispose() => _answer.Dispose();

    [Fact]
    public async Task Fields_that_are_dropped_stay_behind()
    {
        var dropped = FieldTable.All.ToArray().Where(rule => rule.Answer == FieldFate.Drop).Select(rule => rule.Name).ToArray();
        Assert.All(dropped, name => _answer.Headers.TryAddWithoutValidation(name, "x"));

        var headers = (await PassAsync(new Asking("HEAD"))).Headers;

        Assert.All(dropped, name => Assert.False(headers.ContainsKey(name), name));
    }

    [Fact]
    public async Task Fields_that_Connection_names_stay_behind()
    {
        _answer.Headers.TryAddWithoutValidation("Connection", "close, X-Private");
        _answer.Headers.TryAddWithoutValidation("X-Private", "1");

        Assert.False((await PassAsync(new Asking())).Headers.ContainsKey("X-Private"));
    }

    [Fact]
    public async Task Cookies_keep_their_lines()
    {
        _answer.Headers.TryAddWithoutValidation("Set-Cookie", ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"]);

        Assert.Equal(["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"], (await PassAsync(new Asking())).Headers.SetCookie.AsEnumerable());
    }

    [Fact]
    public async Task Fields_about_the_body_go_on()
    {
        _answer.Content.Headers.TryAddWithoutValidation("Content-Type", "text/x-odd;;");
        _answer.Content.Headers.TryAddWithoutValidation("Content-Length", "0");

        var headers = (await PassAsync(new Asking())).Headers;

        Assert.Equal(("text/x-odd;;", 0), (headers.ContentType.ToString(), headers.ContentLength));
    }

    [Theory]
    [InlineData(1, 0, "1.0 LoadBalancer")]
    [InlineData(1, 1, "1.1 LoadBalancer")]
    [InlineData(2, 0, "2.0 LoadBalancer")]
    [InlineData(3, 0, "3.0 LoadBalancer")]
    public async Task Via_names_the_version_of_the_answer(int major, int minor, string via)
    {
        _answer.Version = new Version(major, minor);

        Assert.Equal(via, (await PassAsync(new Asking())).Headers.Via.ToString());
    }

    [Fact]
    public async Task Via_gets_our_entry_at_its_end()
    {
        _answer.Headers.TryAddWithoutValidation("Via", "1.1 inner");

        Assert.Equal(["1.1 inner", "1.1 LoadBalancer"], (await PassAsync(new Asking())).Headers.Via.AsEnumerable());
    }

    [Theory]
    [InlineData(null, "id-1")]
    [InlineData("theirs", "theirs")]
    public async Task The_id_is_ours_unless_the_destination_sent_one(string? sent, string id)
    {
        if (sent is not null)
        {
            _answer.Headers.TryAddWithoutValidation("X-Request-Id", sent);
        }

        Assert.Equal(id, (await PassAsync(new Asking())).Headers["X-Request-Id"].ToString());
    }

    [Fact]
    public async Task Without_an_answer_nothing_is_copied()
    {
        var asking = new Asking();
        using var exchange = asking.Exchange();

        Assert.False(await Transformer(exchange).TransformResponseAsync(asking.Context, null, CancellationToken.None));
        Assert.False(await Transformer(exchange).TransformResponseAsync(asking.Context, Exchange.Refused, CancellationToken.None));
        Assert.Empty(asking.Response.Headers);
    }

    [Fact]
    public async Task Chunked_framing_wins_over_a_length()
    {
        _answer.Headers.TransferEncodingChunked = true;
        _answer.Content.Headers.TryAddWithoutValidation("Content-Length", "5");

        Assert.Null((await PassAsync(new Asking())).Headers.ContentLength);
    }

    [Fact]
    public async Task An_answer_that_cannot_have_a_body_has_no_length()
    {
        _answer.StatusCode = HttpStatusCode.NoContent;
        _answer.Content.Headers.TryAddWithoutValidation("Content-Length", "5");

        Assert.Null((await PassAsync(new Asking())).Headers.ContentLength);
    }

    [Fact]
    public async Task An_answer_to_HEAD_keeps_the_length_of_what_it_stands_for()
    {
        _answer.Content.Headers.TryAddWithoutValidation("Content-Length", "5");

        Assert.Equal(5, (await PassAsync(new Asking("HEAD"))).Headers.ContentLength);
    }

    [Fact]
    public async Task A_body_of_unknown_length_goes_in_chunks_and_ends_with_its_trailers()
    {
        _answer.TrailingHeaders.TryAddWithoutValidation("X-Checksum", "abc");
        _answer.TrailingHeaders.TryAddWithoutValidation("Set-Cookie", "a=1");
        var asking = new Asking();
        using var exchange = asking.Exchange();
        var transformer = Transformer(exchange);

        await transformer.TransformResponseAsync(asking.Context, _answer, CancellationToken.None);
        await transformer.TransformResponseTrailersAsync(asking.Context, _answer, CancellationToken.None);

        Assert.Equal("chunked", asking.Response.Headers.TransferEncoding.ToString());
        Assert.Equal("0\r\nX-Checksum: abc\r\n\r\n", asking.Answer);
    }

    [Theory]
    [InlineData("GET", "HTTP/1.0", 200)]
    [InlineData("GET", "HTTP/2", 200)]
    [InlineData("HEAD", "HTTP/1.1", 200)]
    [InlineData("GET", "HTTP/1.1", 204)]
    [InlineData("GET", "HTTP/1.1", 205)]
    [InlineData("GET", "HTTP/1.1", 304)]
    public async Task Only_a_body_over_HTTP_1_1_goes_in_chunks(string method, string protocol, int status)
    {
        _answer.StatusCode = (HttpStatusCode)status;

        Assert.False((await PassAsync(new Asking(method, protocol: protocol))).Headers.ContainsKey("Transfer-Encoding"));
    }

    [Theory]
    [InlineData(true, "close")]
    [InlineData(false, "")]
    public async Task While_the_proxy_stops_an_answer_says_that_the_connection_closes(bool stopping, string expected)
    {
        var asking = new Asking();

        await Transformer(asking.Exchange(), stopping).TransformResponseAsync(asking.Context, _answer, CancellationToken.None);

        Assert.Equal(expected, asking.Response.Headers.Connection.ToString());
    }

    private async Task<HttpResponse> PassAsync(Asking asking)
    {
        Assert.True(await Transformer(asking.Exchange()).TransformResponseAsync(asking.Context, _answer, CancellationToken.None));
        return asking.Response;
    }

    private static Transformer Transformer(Exchange exchange, bool stopping = false) => new(exchange, TrustedProxies.None, new CancellationToken(stopping));
}
