using System.Net;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>A body that is sent once: straight from the client to the destination.</summary>
/// <param name="content">What the forwarder reads it with.</param>
/// <param name="moved">Is called for each piece that went on.</param>
internal sealed class DirectBody(HttpContent content, Action moved) : RequestBody
{
    private volatile Task? _copying;
    private volatile bool _isWriting;

    /// <inheritdoc />
    public override bool CanReplay => _copying is null;

    /// <inheritdoc />
    public override bool IsWaitingForClient => _copying is { IsCompleted: false } && !_isWriting;

    /// <inheritdoc />
    public override HttpContent NextContent() => new OnceContent(this, content);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        if (_copying is { } copying)
        {
            await copying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void OnMoved() => moved();

    private async Task CopyAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        try
        {
            await content.CopyToAsync(new FlushingStream(this, stream), context, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // The forwarder's content keeps to itself that the destination does not take the body, and throws when the client does not send it.
            Fault = exception;
            throw;
        }
    }

    private sealed class OnceContent : HttpContent
    {
        private readonly DirectBody _body;

        public OnceContent(DirectBody body, HttpContent content)
        {
            _body = body;
            this.TakeFieldsOf(content);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _body._copying = _body.CopyAsync(stream, context, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            // The client's Content-Length, where there was one, is among the fields.
            length = 0;
            return false;
        }
    }

    /// <summary>Sends each piece when it comes. The HTTP client would rather fill a buffer first, and a client that waits for an answer to its first piece would wait for ever.</summary>
    private sealed class FlushingStream(DirectBody body, Stream stream) : WriteOnlyStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            body._isWriting = true;
            await stream.WriteAsync(buffer, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            body._isWriting = false;
            body.OnMoved();
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);
    }
}
