using System.Net;
using LoadBalancer.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>HTTP/2 to destinations: over TLS where both sides speak it, in plain text where the operator says that it is spoken.</summary>
public sealed class Http2ToDestinationTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly FakeTls _tls;

    public Http2ToDestinationTests() => _tls = new FakeTls(_authority.Issue("127.0.0.1"));

    public static TheoryData<HttpProtocols, string> Agreed => new()
    {
        { HttpProtocols.Http2, "HTTP/2" },
        { HttpProtocols.Http1AndHttp2, "HTTP/2" },
        { HttpProtocols.Http1, "HTTP/1.1" },
    };

    public void Dispose()
    {
        _tls.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [MemberData(nameof(Agreed))]
    public async Task Over_TLS_the_destination_chooses_the_version(HttpProtocols protocols, string spoken)
    {
        await using var destination = await StartTlsAsync(protocols);
        await using var proxy = await StartAsync(destination);

        await proxy.Client.GetStringAsync("/path?query=1");

        Assert.Equal((spoken, "GET", "https", "/path"), destination.Requests[0] is var got ? (got.Protocol, got.Method, got.Scheme, got.Path) : default);
    }

    [Theory]
    [MemberData(nameof(Agreed))]
    public async Task The_first_requests_of_many_clients_find_out_together(HttpProtocols protocols, string spoken)
    {
        await using var destination = await StartTlsAsync(protocols);
        await using var proxy = await StartAsync(destination);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => proxy.Client.GetStringAsync("/")));

        Assert.All(answers, answer => Assert.Equal("ok", answer));
        Assert.All(destination.Requests, request => Assert.Equal(spoken, request.Protocol));

        // The platform's HTTP client sometimes makes a second connection for HTTP/2 while the first is not quite ready.
        Assert.InRange(_tls.ServerNames.Count, 1, protocols == HttpProtocols.Http1 ? 20 : 5);
    }

    [Fact]
    public async Task In_plain_text_it_is_spoken_where_it_is_asked_for_exactly()
    {
        await using var destination = await Http2Destination.StartAsync();
        await using var proxy = await StartAsync(destination, Exactly2());

        await proxy.Client.GetStringAsync("/");

        Assert.Equal(("HTTP/2", "http"), (destination.Requests[0].Protocol, destination.Requests[0].Scheme));
    }

    [Fact]
    public async Task A_destination_that_does_not_speak_it_cannot_answer_where_it_is_asked_for_exactly()
    {
        await using var destination = await StartTlsAsync(HttpProtocols.Http1);
        await using var proxy = await StartAsync(destination, Exactly2());

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal((HttpStatusCode.BadGateway, 0), (answer.StatusCode, destination.Requests.Count));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Where_it_is_asked_for_exactly_the_request_goes_to_a_destination_that_speaks_it(string method)
    {
        await using var other = await StartTlsAsync(HttpProtocols.Http1);
        await using var destination = await StartTlsAsync(HttpProtocols.Http2);
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?>(Exactly2()) { ["Clusters:web:HttpClient:Tls:CertificateAuthorities"] = _authority.PemFile }, other.Address, destination.Address);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, 0, 1), (answer.StatusCode, other.Requests.Count, destination.Requests.Count));
        Assert.Equal(1, proxy.Metrics.Sum("lb.attempts", "lb.destination=a", "lb.outcome=invalid_answer"));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("BREW")]
    public async Task Every_method_arrives_over_TLS(string method)
    {
        await using var destination = await StartTlsAsync(HttpProtocols.Http2);
        await using var proxy = await StartAsync(destination);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, method), (answer.StatusCode, destination.Requests[0].Method));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_large_body_goes_there_and_back(bool overTls)
    {
        await using var destination = await StartAsync(overTls, async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        });
        await using var proxy = await StartAsync(destination, Exactly2());
        var body = Text.OfLength(1_000_000);

        using var answer = await proxy.Client.PostAsync("/", new StringContent(body));

        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Requests_that_come_together_share_a_connection(bool overTls)
    {
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var here = 0;
        await using var destination = await StartAsync(overTls, async context =>
        {
            if (context.Request.Path == "/first")
            {
                return;
            }

            if (Interlocked.Increment(ref here) == 10)
            {
                all.SetResult();
            }

            await all.Task.WaitAsync(context.RequestAborted);
        });
        await using var proxy = await StartAsync(destination, Exactly2());

        await proxy.Client.GetAsync("/first");
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => proxy.Client.GetAsync("/")));

        Assert.Equal((11, 1), (destination.Requests.Count, destination.Connections));
    }

    [Fact]
    public async Task Trailers_of_the_answer_arrive()
    {
        await using var destination = await Http2Destination.StartAsync(async context =>
        {
            await context.Response.WriteAsync("hello");
            context.Response.AppendTrailer("X-Sum", "5");
        });
        await using var proxy = await StartAsync(destination, Exactly2());
        using var client = await proxy.ConnectAsync();

        var answer = await client.AskAsync(RawRequest.Get("/", "TE: trailers"));

        Assert.Equal(("hello", "x-sum: 5"), (answer.Text, Assert.Single(answer.Trailers).ToLowerInvariant()));
    }

    [Fact]
    public async Task Client_and_destination_can_talk_in_turns()
    {
        await using var destination = await Http2Destination.StartAsync(async context =>
        {
            var buffer = new byte[100];
            while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        });
        await using var proxy = await StartAsync(destination, Exactly2());
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(RawRequest.ChunkedPost() + RawRequest.Chunk("one"));
        await client.ReadHeadAsync();
        Assert.Equal("one", await client.ReadChunkAsync());
        await client.SendAsync(RawRequest.Chunk("two"));
        Assert.Equal("two", await client.ReadChunkAsync());
    }

    [Fact]
    public async Task A_client_that_leaves_ends_its_request_and_not_the_connection()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = true;
        await using var destination = await Http2Destination.StartAsync(async context =>
        {
            if (first)
            {
                first = false;
                context.RequestAborted.Register(() => ended.SetResult());
                await ended.Task;
            }
        });
        await using var proxy = await StartAsync(destination, Exactly2());
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(RawRequest.Get());
        await Eventually.HoldsAsync(() => destination.Requests.Count == 1, "the request came");

        client.Abort();
        await ended.Task.InTime();
        await proxy.Client.GetAsync("/");

        Assert.Equal((2, 1), (destination.Requests.Count, destination.Connections));
    }

    [Fact]
    public async Task A_request_that_the_destination_says_it_did_not_take_is_sent_again_whatever_its_method()
    {
        await using var destination = new RawHttp2Destination().Next(exchange => exchange.ResetAsync(code: 7));
        await using var proxy = await ProxyHost.StartAsync(Exactly2(), destination.Address);

        using var answer = await proxy.Client.PostAsync("/", null);

        Assert.Equal((HttpStatusCode.OK, 2), (answer.StatusCode, destination.Requests));
    }

    private static Dictionary<string, string?> Exactly2() => new()
    {
        ["Clusters:web:HttpRequest:Version"] = "2",
        ["Clusters:web:HttpRequest:VersionPolicy"] = "RequestVersionExact",
    };

    private Task<Http2Destination> StartTlsAsync(HttpProtocols protocols) => Http2Destination.StartAsync(tls: _tls, protocols: protocols);

    private Task<Http2Destination> StartAsync(bool overTls, RequestDelegate answer) => Http2Destination.StartAsync(answer, overTls ? _tls : null);

    private Task<ProxyHost> StartAsync(Http2Destination destination, Dictionary<string, string?>? settings = null) => ProxyHost.StartAsync(
        new Dictionary<string, string?>(settings ?? []) { ["Clusters:web:HttpClient:Tls:CertificateAuthorities"] = _authority.PemFile }, destination.Address);
}
