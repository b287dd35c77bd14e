using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// What the web server and the forwarder do not do by themselves when an answer goes through:
/// send the head at once when the body is not there yet, and pass trailers on over HTTP/1.1.
/// </summary>
internal static class AnswerFlow
{
    /// <summary>Sets the flow up. The head has been copied; nothing has been sent.</summary>
    public static void Begin(Exchange exchange, HttpResponseMessage message)
    {
        var context = exchange.Context;
        if (message.StatusCode == HttpStatusCode.ResetContent)
        {
            DropContent(context, message);
        }

        if (!HasBody(context.Request.Method, (int)message.StatusCode))
        {
            return;
        }

        // The web server frames a body of unknown length itself, and ends it without trailers. So we frame it.
        var isChunked = context.Request.Protocol == HttpProtocol.Http11 && context.Response.ContentLength is null;
        if (isChunked)
        {
            context.Response.Headers.TransferEncoding = "chunked";
        }

        message.Content = new PumpedAnswer(message.Content, exchange, isChunked);
    }

    /// <summary>Ends the answer: the body has gone through whole.</summary>
    public static async ValueTask EndAsync(HttpContext context, HttpResponseMessage message, CancellationToken cancellationToken)
    {
        if (message.Content is PumpedAnswer { IsChunked: true })
        {
            await EndChunksAsync(context.Response.BodyWriter, message.TrailingHeaders, cancellationToken);
        }
        else if (context.Features.Get<IHttpResponseTrailersFeature>() is { Trailers: { IsReadOnly: false } trailers })
        {
            foreach (var (name, values) in message.TrailingHeaders.NonValidated)
            {
                if (FieldTable.Of(name).Trailer == FieldFate.Pass)
                {
                    trailers[name] = values.ToArray();
                }
            }
        }
    }

    // An answer with this status has no content, but may be framed as if it had (RFC 9110, 15.3.6).
    private static void DropContent(HttpContext context, HttpResponseMessage message)
    {
        message.Content.Dispose();
        message.Content = new ByteArrayContent([]);
        context.Response.ContentLength = 0;
    }

    private static bool HasBody(string method, int status) =>
        !HttpMethods.IsHead(method) && status is >= 200 and not (204 or 205 or 304);

    /// <summary>Ends an answer that has broken off after it began, so that the client has all there was of it, and can tell that there is more.</summary>
    public static void Truncate(HttpContext context)
    {
        if (context.Features.Get<IHttpResetFeature>() is { } stream)
        {
            const int internalError = 2;
            stream.Reset(internalError);
        }
        else if ((context.Response.ContentLength is not null || context.Response.Headers.TransferEncoding.Count > 0) && context.Features.Get<IConnectionLifetimeNotificationFeature>() is { } connection)
        {
            // Short of its length, or without its last chunk. The web server sends what it has and closes the connection, which an abort would not wait for.
            connection.RequestClose();
        }
        else
        {
            // Where the answer ends with the connection, only a reset is not an end.
            context.Abort();
        }
    }

    private static async ValueTask EndChunksAsync(PipeWriter writer, HttpResponseHeaders trailers, CancellationToken cancellationToken)
    {
        writer.Write("0\r\n"u8);
        foreach (var (name, values) in trailers.NonValidated)
        {
            foreach (var value in values)
            {
                if (FieldTable.Of(name).Trailer == FieldFate.Pass)
                {
                    Encoding.Latin1.GetBytes($"{name}: {value}\r\n", writer);
                }
            }
        }

        writer.Write("\r\n"u8);
        await writer.FlushAsync(cancellationToken);
    }
}
