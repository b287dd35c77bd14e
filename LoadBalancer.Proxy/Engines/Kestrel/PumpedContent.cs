using System.Buffers;
using System.Net;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The two sides of the body: the content that each attempt sends, and the stream that the forwarder copies the client's body to.</summary>
internal sealed partial class PumpedBody
{
    private sealed class PumpedContent : HttpContent
    {
        private readonly PumpedBody _body;

        public PumpedContent(PumpedBody body, HttpContent content)
        {
            _body = body;
            this.TakeFieldsOf(content);
        }

        /// <summary>Whether it reads what is remembered, beside another content.</summary>
        public bool IsCopy { get; init; }

        public int Position { get; set; }

        /// <summary>Whether it has stopped before the end of the body.</summary>
        public bool HasStopped { get; set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
            var isWhole = false;
            try
            {
                // Each piece is sent when it comes, and the head before: whoever sends a body in pieces may wait for an answer to the first.
                await stream.FlushAsync(cancellationToken);
                while (await _body.ReadAsync(this, buffer, cancellationToken) is > 0 and var read)
                {
                    await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                    await stream.FlushAsync(cancellationToken);
                }

                isWhole = true;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
                if (!isWhole)
                {
                    _body.OnStopped(this);
                }
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            // The client's Content-Length, where there was one, is among the fields.
            length = 0;
            return false;
        }
    }

    private sealed class PumpStream(PumpedBody body) : WriteOnlyStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            buffer.IsEmpty ? default : body.TakeAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
