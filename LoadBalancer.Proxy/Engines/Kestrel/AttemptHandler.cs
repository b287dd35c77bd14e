using System.Net;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// The last word on an attempt before it goes on the wire. The platform's HTTP client is made for programs that want answers;
/// here it is held to what a proxy may do.
/// </summary>
internal sealed class AttemptHandler(HttpMessageHandler inner, TimeProvider time) : DelegatingHandler(inner)
{
    /// <summary>How long the head of the answer may take, where the forwarder's own timeout does not say it.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> HeadTimeout = new("lb.head-timeout");

    /// <inheritdoc />
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content)
        {
            request.Content = new FlushingContent(content);
        }
        else if (request.Options.TryGetValue(EmptyContent.Option, out var empty) || WantsContent(request.Method))
        {
            empty ??= new EmptyContent();
            empty.SettleLength(request.Method.Method);
            request.Content = empty;
        }

        return request.Options.TryGetValue(HeadTimeout, out var timeout)
            ? SendWithinAsync(request, timeout, cancellationToken)
            : base.SendAsync(request, cancellationToken);
    }

    // When a connection closes without an answer, the client sends a request without content once more by itself.
    // A POST may have reached the destination. With content, however empty, the client leaves the matter to us.
    private static bool WantsContent(HttpMethod method) => method != HttpMethod.Connect && !RetryPolicy.IsIdempotent(method.Method);

    private async Task<HttpResponseMessage> SendWithinAsync(HttpRequestMessage request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await base.SendAsync(request, either.Token);
        }
        catch (OperationCanceledException exception) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("The head of the answer did not come in time.", exception);
        }
    }

    /// <summary>Sends each piece of a body when it comes. The client would rather fill a buffer first, and a client that waits for an answer to its first piece would wait for ever.</summary>
    private sealed class FlushingContent : HttpContent
    {
        private readonly HttpContent _content;

        public FlushingContent(HttpContent content)
        {
            _content = content;
            foreach (var (name, values) in content.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _content.CopyToAsync(new FlushingStream(stream), context, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            // The client's Content-Length, where there was one, is among the headers.
            length = 0;
            return false;
        }
    }

    private sealed class FlushingStream(Stream stream) : WriteOnlyStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await stream.WriteAsync(buffer, cancellationToken);
            await stream.FlushAsync(cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);
    }
}
