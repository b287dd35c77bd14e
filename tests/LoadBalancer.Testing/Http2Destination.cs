using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Testing;

/// <summary>A destination that speaks HTTP/2: with TLS, where it is agreed on in the handshake, or in plain text with prior knowledge. It also takes WebSockets (RFC 8441).</summary>
public sealed class Http2Destination : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly FakeTls? _tls;
    private readonly ConcurrentQueue<Http2Request> _requests = new();
    private int _connections;

    private Http2Destination(RequestDelegate answer, FakeTls? tls, HttpProtocols protocols)
    {
        _tls = tls;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => Listen(listen, protocols)));
        if (tls is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(async context =>
        {
            _requests.Enqueue(Http2Request.Of(context));
            await answer(context);
        });
    }

    /// <summary>Where it listens.</summary>
    public string Address => AddressAs("127.0.0.1");

    /// <summary>The port that it listens at.</summary>
    public int Port => new Uri(_app.Urls.First()).Port;

    /// <summary>The requests that came, in order.</summary>
    public IReadOnlyList<Http2Request> Requests => [.. _requests];

    /// <summary>How many connections were made.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Starts a destination.</summary>
    /// <param name="answer">What it does with a request. Default: it reads it whole, and answers "ok".</param>
    /// <param name="tls">How it does TLS; without, it does none.</param>
    /// <param name="protocols">What it speaks. Default: HTTP/2 only.</param>
    public static async Task<Http2Destination> StartAsync(RequestDelegate? answer = null, FakeTls? tls = null, HttpProtocols protocols = HttpProtocols.Http2)
    {
        var destination = new Http2Destination(answer ?? AnswerOkAsync, tls, protocols);
        await destination._app.StartAsync().InTime();
        return destination;
    }

    /// <summary>Where it listens, under another name.</summary>
    public string AddressAs(string host) => $"{(_tls is null ? "http" : "https")}://{host}:{Port}";

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static async Task AnswerOkAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        await context.Response.WriteAsync("ok", context.RequestAborted);
    }

    private void Listen(ListenOptions listen, HttpProtocols protocols)
    {
        listen.Protocols = protocols;
        listen.Use(next => connection =>
        {
            Interlocked.Increment(ref _connections);
            return next(connection);
        });
        if (_tls is { } tls)
        {
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = handshake => ValueTask.FromResult(tls.Began(handshake.ClientHelloInfo.ServerName)),
            });
        }
    }
}

/// <summary>A request as an HTTP/2 destination got it.</summary>
/// <param name="Protocol">The version: <c>HTTP/2</c> or <c>HTTP/1.1</c>.</param>
/// <param name="Method">The method.</param>
/// <param name="Scheme">The scheme that it came with.</param>
/// <param name="Host">The host that it asks for.</param>
/// <param name="Path">The path, without the query.</param>
/// <param name="Headers">Its header fields.</param>
/// <param name="Connection">The id of the connection that it came on.</param>
public sealed record Http2Request(string Protocol, string Method, string Scheme, string Host, string Path, IReadOnlyDictionary<string, string> Headers, string Connection)
{
    internal static Http2Request Of(HttpContext context) => new(
        context.Request.Protocol,
        context.Request.Method,
        context.Request.Scheme,
        context.Request.Host.Value ?? "",
        context.Request.Path.Value ?? "",
        context.Request.Headers.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.OrdinalIgnoreCase),
        context.Connection.Id);
}
