using System.Buffers;
using System.Globalization;
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

        message.Content = new RelayedContent(message.Content, exchange);

        // The web server frames a body of unknown length itself, and ends it without trailers. So we frame it.
        if (context.Request.Protocol == HttpProtocol.Http11 && context.Response.ContentLength is null)
        {
            var writer = context.Response.BodyWriter;
            context.Response.Headers.TransferEncoding = "chunked";
            context.Response.Body = new ChunkingStream(writer);
        }
    }

    /// <summary>Ends the answer: the body has gone through whole.</summary>
    public static async ValueTask EndAsync(HttpContext context, HttpResponseMessage message, CancellationToken cancellationToken)
    {
        if (context.Response.Body is ChunkingStream chunks)
        {
            await chunks.EndAsync(message.TrailingHeaders, cancellationToken);
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
        else if ((context.Response.ContentLength is not null || context.Response.Body is ChunkingStream) && context.Features.Get<IConnectionLifetimeNotificationFeature>() is { } connection)
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

    private sealed class RelayedContent(HttpContent content, Exchange exchange) : HttpContent
    {
        protected override async Task<Stream> CreateContentReadStreamAsync() => new RelayedStream(await content.ReadAsStreamAsync(), exchange);

        protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
            new RelayedStream(await content.ReadAsStreamAsync(cancellationToken), exchange);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => content.CopyToAsync(stream, context);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            content.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>
    /// The body of an answer. When its first byte keeps the reader waiting, the head is sent meanwhile. When it breaks off, it ends,
    /// and the exchange knows: the forwarder would cut the client's connection, and what was on its way would be lost.
    /// </summary>
    private sealed class RelayedStream(Stream body, Exchange exchange) : ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (exchange.IsBroken)
            {
                return new(0);
            }

            exchange.Passed();
            try
            {
                var read = body.ReadAsync(buffer, exchange.Relaying);
                return read.IsCompletedSuccessfully ? new(Received(read.Result)) : WaitAsync(read);
            }
            catch (Exception exception)
            {
                // What is in the buffer of the HTTP client already is judged at once.
                exchange.Break(exception);
                return new(0);
            }
        }

        protected override void Dispose(bool disposing)
        {
            body.Dispose();
            base.Dispose(disposing);
        }

        private async ValueTask<int> WaitAsync(ValueTask<int> read)
        {
            var task = read.AsTask();
            try
            {
                if (!task.IsCompleted && !exchange.Context.Response.HasStarted)
                {
                    await exchange.Context.Response.Body.FlushAsync(exchange.Relaying);
                }

                return Received(await task);
            }
            catch (Exception exception)
            {
                exchange.Break(exception);

                // Where it was the head that could not be sent, the read is still under way, and must have ended before its buffer is given back.
                await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return 0;
            }
        }

        private int Received(int read)
        {
            exchange.Received();
            return read;
        }
    }

    /// <summary>Frames a body as chunks (RFC 9112, 7.1).</summary>
    private sealed class ChunkingStream(PipeWriter writer) : WriteOnlyStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // A chunk of no bytes would end the body.
            if (!buffer.IsEmpty)
            {
                WriteChunk(buffer.Span);
                await writer.FlushAsync(cancellationToken);
            }
        }

        public override async Task FlushAsync(CancellationToken cancellationToken) => await writer.FlushAsync(cancellationToken);

        public async ValueTask EndAsync(HttpResponseHeaders trailers, CancellationToken cancellationToken)
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

        private void WriteChunk(ReadOnlySpan<byte> bytes)
        {
            var size = writer.GetSpan(16);
            bytes.Length.TryFormat(size, out var digits, "x", CultureInfo.InvariantCulture);
            "\r\n"u8.CopyTo(size[digits..]);
            writer.Advance(digits + 2);
            writer.Write(bytes);
            writer.Write("\r\n"u8);
        }
    }
}
