using System.Globalization;
using System.IO.Pipelines;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// The body of an answer, which goes to the client by itself as soon as the forwarder begins to read it: from the destination straight into the memory of the web server,
/// where the forwarder would copy it there from memory of its own. The forwarder sees a body that is empty.
/// </summary>
/// <remarks>
/// When its first byte keeps the reader waiting, the head is sent meanwhile. When it breaks off, it ends, and the exchange knows: the forwarder would cut the client's connection,
/// and what was on its way would be lost.
/// </remarks>
/// <param name="content">The body.</param>
/// <param name="exchange">The request.</param>
/// <param name="isChunked">Whether it is to be framed as chunks here (RFC 9112, 7.1), all but the last.</param>
internal sealed class PumpedAnswer(HttpContent content, Exchange exchange, bool isChunked) : WrappedContent(content)
{
    // The size of a chunk has four digits at most.
    private const int MostAtOnce = 64 * 1024;
    private const int BeforeChunk = 4 + EndOfLine;
    private const int EndOfLine = 2;

    // What the web server has at hand.
    private const int Block = 4 * 1024;

    /// <summary>Whether its chunks are made here; the last one is not.</summary>
    public bool IsChunked => isChunked;

    /// <inheritdoc />
    protected override Stream Wrap(Stream body) => new Pump(this, body);

    private async ValueTask<int> PumpAsync(Stream body, CancellationToken writing)
    {
        var writer = exchange.Context.Response.BodyWriter;
        try
        {
            // The first piece is small: until the answer has begun, the web server would copy it. And no memory is held for a body that comes in drops.
            for (var (size, read) = (Block, 0); ; size = read > Block / 2 ? MostAtOnce : Block)
            {
                if (size == Block)
                {
                    await WaitAsync(body);
                }

                read = await ReadAsync(body, writer, size);
                if (read == 0)
                {
                    break;
                }

                await writer.FlushAsync(writing);
            }
        }
        catch (Exception exception)
        {
            exchange.Break(exception);
        }

        return 0;
    }

    private async ValueTask WaitAsync(Stream body)
    {
        exchange.Passed();
        var reading = body.ReadAsync(Memory<byte>.Empty, exchange.Relaying);
        if (reading.IsCompleted || exchange.Context.Response.HasStarted)
        {
            await reading;
            return;
        }

        var task = reading.AsTask();
        try
        {
            await exchange.Context.Response.Body.FlushAsync(exchange.Relaying);
        }
        catch (Exception exception)
        {
            exchange.Break(exception);
            await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await task;
    }

    private async ValueTask<int> ReadAsync(Stream body, PipeWriter writer, int size)
    {
        var memory = writer.GetMemory((int)Math.Clamp(exchange.Context.Response.ContentLength ?? long.MaxValue, 1, size));
        var (start, most) = isChunked ? (BeforeChunk, Math.Min(memory.Length, MostAtOnce) - BeforeChunk - EndOfLine) : (0, memory.Length);
        exchange.Passed();
        var read = await body.ReadAsync(memory.Slice(start, most), exchange.Relaying);
        exchange.Received();
        exchange.Pass(read);
        if (read > 0)
        {
            writer.Advance(isChunked ? Frame(memory.Span, read) : read);
        }

        return read;
    }

    // The size is written without zeros before it, as everyone does. It is then shorter, and so is what has to be moved.
    private static int Frame(Span<byte> chunk, int length)
    {
        length.TryFormat(chunk, out var digits, "x", CultureInfo.InvariantCulture);
        chunk.Slice(BeforeChunk, length).CopyTo(chunk[(digits + EndOfLine)..]);
        "\r\n"u8.CopyTo(chunk[digits..]);
        "\r\n"u8.CopyTo(chunk[(digits + EndOfLine + length)..]);
        return digits + EndOfLine + length + EndOfLine;
    }

    private sealed class Pump(PumpedAnswer answer, Stream body) : ReadOnlyStream
    {
        private bool _isRead;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_isRead)
            {
                return new(0);
            }

            _isRead = true;
            return answer.PumpAsync(body, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            body.Dispose();
            base.Dispose(disposing);
        }
    }
}
