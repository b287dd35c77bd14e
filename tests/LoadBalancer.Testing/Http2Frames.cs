using System.Buffers.Binary;
using System.Net.Sockets;

namespace LoadBalancer.Testing;

/// <summary>A frame of HTTP/2 (RFC 9113, 4.1).</summary>
public sealed record Http2Frame(byte Type, byte Flags, int Stream, byte[] Payload)
{
    /// <summary>The types of frames that are of interest here.</summary>
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8;

    /// <summary>The flags of frames.</summary>
    public const byte EndStream = 1, Ack = 1, EndHeaders = 4;

    /// <summary>Whether the frame confirms one that was sent.</summary>
    public bool IsAck => (Flags & Ack) != 0;
}

/// <summary>The side of an HTTP/2 connection that answers, frame by frame.</summary>
public sealed class Http2FrameConnection(Socket socket, CancellationToken stopping) : IAsyncDisposable
{
    private const int PrefaceLength = 24;
    private const int HeaderLength = 9;

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Reads the preface, and sends settings: those that every connection begins with, and a large window.</summary>
    public async Task BeginAsync()
    {
        await _stream.ReadExactlyAsync(new byte[PrefaceLength], stopping);

        // SETTINGS_INITIAL_WINDOW_SIZE for the streams, and the same for the connection.
        await SendAsync(Http2Frame.Settings, 0, 0, [0, 4, 0x7f, 0, 0, 0]);
        await SendAsync(Http2Frame.WindowUpdate, 0, 0, [0x7f, 0, 0, 0]);
    }

    /// <summary>Reads a frame; null at the end.</summary>
    public async Task<Http2Frame?> ReadFrameAsync()
    {
        var header = new byte[HeaderLength];
        if (await _stream.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, stopping) < HeaderLength)
        {
            return null;
        }

        var payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(header) >> 8];
        await _stream.ReadExactlyAsync(payload, stopping);
        return new Http2Frame(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
    }

    /// <summary>Sends a frame.</summary>
    public async Task SendAsync(byte type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[HeaderLength + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, ((uint)payload.Length << 8) | type);
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, HeaderLength);
        await _writing.WaitAsync(stopping);
        try
        {
            await _stream.WriteAsync(frame, stopping);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _writing.Dispose();
    }
}
