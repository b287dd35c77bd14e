using System.Net;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The content of an answer with a stream around its own. It is read, as the forwarder does, and not copied.</summary>
/// <param name="content">The content.</param>
internal abstract class WrappedContent(HttpContent content) : HttpContent
{
    /// <summary>Makes the stream that is read instead of that of the content, and disposes it.</summary>
    protected abstract Stream Wrap(Stream body);

    protected sealed override async Task<Stream> CreateContentReadStreamAsync() => Wrap(await content.ReadAsStreamAsync());

    protected sealed override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) => Wrap(await content.ReadAsStreamAsync(cancellationToken));

    protected sealed override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new NotSupportedException("This content is read.");

    protected sealed override bool TryComputeLength(out long length)
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
