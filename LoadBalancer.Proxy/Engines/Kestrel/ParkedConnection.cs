using System.Net.Security;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>A place for one connection that was made to find out about the other side, until a request takes it.</summary>
/// <param name="time">The clock.</param>
internal sealed class ParkedConnection(TimeProvider time)
{
    // It is taken at once, unless whoever asked has left.
    private static readonly TimeSpan ParkedFor = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private SslStream? _stream;
    private byte[]? _header;

    /// <summary>Keeps a connection for a while, and closes the one before.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="header">The header that it began with; null for none.</param>
    public void Put(SslStream stream, byte[]? header)
    {
        SslStream? before;
        lock (_lock)
        {
            (before, _stream, _header) = (_stream, stream, header);
        }

        before?.Dispose();
        _ = ExpireAsync(stream);
    }

    /// <summary>Takes the connection, where it is one that is wanted.</summary>
    /// <param name="http2">Whether it is to speak HTTP/2.</param>
    /// <param name="header">The header that it is to have begun with.</param>
    public SslStream? Take(bool http2, byte[]? header)
    {
        lock (_lock)
        {
            if (_stream is not { } parked || IsHttp2(parked) != http2 || !header.AsSpan().SequenceEqual(_header))
            {
                return null;
            }

            _stream = null;
            return parked;
        }
    }

    /// <summary>Whether TLS has agreed on HTTP/2.</summary>
    public static bool IsHttp2(SslStream stream) => stream.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;

    private async Task ExpireAsync(SslStream stream)
    {
        await Task.Delay(ParkedFor, time, CancellationToken.None);
        lock (_lock)
        {
            if (_stream != stream)
            {
                return;
            }

            _stream = null;
        }

        await stream.DisposeAsync();
    }
}
