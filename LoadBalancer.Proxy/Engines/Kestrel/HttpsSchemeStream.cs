using System.Buffers;
using System.Buffers.Binary;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// An HTTP/2 connection over TLS on which the platform's HTTP client believes itself to be without TLS:
/// it writes <c>:scheme: http</c> in each request, and this makes <c>https</c> of it.
/// </summary>
/// <remarks>
/// <see cref="UpstreamConnections"/> says why the client must believe that. It writes <c>:scheme</c> as one byte, an entry of HPACK's static
/// table (RFC 7541, appendix A), after <c>:method</c> and without compression. If it ever writes anything else, the request fails here and is not sent.
/// </remarks>
internal sealed class HttpsSchemeStream(Stream inner) : NonBlockingStream
{
    private const int PrefaceLength = 24;
    private const int FrameHeaderLength = 9;
    private const byte HeadersFrame = 1;
    private const byte IndexedField = 0x80;
    private const byte SchemeHttp = 0x86;
    private const byte SchemeHttps = 0x87;

    private readonly byte[] _frameHeader = new byte[FrameHeaderLength];
    private int _inFrameHeader;
    private int _frameLeft = PrefaceLength;
    private int _methodLeft;
    private Expected _expected = Expected.Nothing;

    // What the next byte of a frame is, up to the scheme; after it nothing matters until the next frame.
    private enum Expected
    {
        Nothing,
        Method,
        MethodLength,
        MethodText,
        Scheme,
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var copy = ArrayPool<byte>.Shared.Rent(buffer.Length);
        try
        {
            var bytes = copy.AsMemory(0, buffer.Length);
            buffer.CopyTo(bytes);
            Correct(bytes.Span);
            await inner.WriteAsync(bytes, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Correct(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_frameLeft == 0)
            {
                ReadFrameHeader(ref bytes);
            }
            else if (_expected == Expected.Nothing)
            {
                Skip(ref bytes, Math.Min(bytes.Length, _frameLeft));
            }
            else
            {
                CorrectNext(ref bytes);
            }
        }
    }

    private void ReadFrameHeader(ref Span<byte> bytes)
    {
        var taken = Math.Min(bytes.Length, FrameHeaderLength - _inFrameHeader);
        bytes[..taken].CopyTo(_frameHeader.AsSpan(_inFrameHeader));
        bytes = bytes[taken..];
        _inFrameHeader += taken;
        if (_inFrameHeader == FrameHeaderLength)
        {
            _inFrameHeader = 0;
            _frameLeft = (int)(BinaryPrimitives.ReadUInt32BigEndian(_frameHeader) >> 8);
            _expected = _frameHeader[3] == HeadersFrame ? Expected.Method : Expected.Nothing;
        }
    }

    private void CorrectNext(ref Span<byte> bytes)
    {
        switch (_expected)
        {
            case Expected.Method when (bytes[0] & IndexedField) != 0:
                (_expected, _methodLeft) = (Expected.Scheme, 0);
                Skip(ref bytes, 1);
                break;
            case Expected.Method:
                _expected = Expected.MethodLength;
                Skip(ref bytes, 1);
                break;

            // 7 bits, of which 127 would say that more follow; the eighth would say that the text is compressed.
            case Expected.MethodLength when bytes[0] < 127:
                (_expected, _methodLeft) = (Expected.MethodText, bytes[0]);
                Skip(ref bytes, 1);
                break;
            case Expected.MethodText when _methodLeft > 0:
                var taken = Math.Min(bytes.Length, _methodLeft);
                _methodLeft -= taken;
                Skip(ref bytes, taken);
                break;
            case Expected.MethodText:
                _expected = Expected.Scheme;
                break;
            case Expected.Scheme when bytes[0] == SchemeHttp:
                bytes[0] = SchemeHttps;
                _expected = Expected.Nothing;
                Skip(ref bytes, 1);
                break;
            default:
                throw new IOException("The HTTP client wrote the head of a request in a way that is not known here.");
        }
    }

    private void Skip(ref Span<byte> bytes, int count)
    {
        bytes = bytes[count..];
        _frameLeft -= count;
    }
}
