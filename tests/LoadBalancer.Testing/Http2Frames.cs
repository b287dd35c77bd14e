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
    public Task SendAsync(byte type, byte flags, int stream, byte[] payload) => SendAsync(new Http2Frame(type, flags, stream, payload));

    /// <summary>Sends frames in one piece.</summary>
    public async Task SendAsync(params IEnumerable<Http2Frame> frames)
    {
        byte[] bytes = [.. frames.SelectMany(Write)];
        await _writing.WaitAsync(stopping);
        try
        {
            await _stream.WriteAsync(bytes, stopping);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static byte[] Write(Http2Frame frame)
    {
        var bytes = new byte[HeaderLength + frame.Payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, ((uint)frame.Payload.Length << 8) | frame.Type);
        bytes[4] = frame.Flags;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(5), frame.Stream);
        frame.Payload.CopyTo(bytes, HeaderLength);
        return bytes;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _writing.Dispose();
    }
}
