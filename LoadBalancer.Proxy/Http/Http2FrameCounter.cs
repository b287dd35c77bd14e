using System.Buffers.Binary;

namespace LoadBalancer.Proxy.Http;

/// <summary>Frames of HTTP/2 that cost their sender next to nothing, and of which no client needs many.</summary>
internal enum Http2CheapFrame
{
    /// <summary>None of them.</summary>
    None,

    /// <summary>SETTINGS: each is applied and confirmed.</summary>
    Settings,

    /// <summary>PING: each is answered.</summary>
    Ping,

    /// <summary>DATA without data that does not end its stream.</summary>
    EmptyData,

    /// <summary>CONTINUATION: header fields that never end.</summary>
    Continuation,

    /// <summary>RST_STREAM: each takes back a request that has cost something already.</summary>
    Reset,

    /// <summary>PRIORITY, which nobody heeds any more (RFC 9113, 5.3), and types of frames that nobody knows.</summary>
    Other,
}

/// <summary>Counts the cheap frames that a client sends, by their heads alone, and says when there are too many in a time.</summary>
internal sealed class Http2FrameCounter
{
    /// <summary>How long frames are counted before it begins anew, in ticks of 100 ns.</summary>
    public const long Window = 10 * TimeSpan.TicksPerSecond;

    private const int PrefaceLength = 24;
    private const int HeadLength = 9;
    private const byte Data = 0, Priority = 2, ResetType = 3, SettingsType = 4, PingType = 6, ContinuationType = 9;
    private const byte EndStream = 1;

    private readonly byte[] _head = new byte[HeadLength];
    private readonly int[] _counts = new int[(int)Http2CheapFrame.Other + 1];
    private int _headBytes;
    private long _skip = PrefaceLength;
    private long _windowEnds = long.MinValue;

    /// <summary>How many of a kind there may be in a window.</summary>
    /// <remarks>
    /// Libraries of gRPC measure the way with a PING for each piece of data, so there may be many of these.
    /// So may calls that are given up, a hundred at once by a client whose deadlines are short.
    /// A field section of the greatest size that may be configured fills 64 frames.
    /// </remarks>
    public static int BudgetOf(Http2CheapFrame kind) => kind switch
    {
        Http2CheapFrame.Settings => 100,
        Http2CheapFrame.Ping => 10_000,
        Http2CheapFrame.EmptyData => 1000,
        Http2CheapFrame.Continuation => 1000,
        Http2CheapFrame.Reset => 2000,
        Http2CheapFrame.Other => 1000,
        _ => int.MaxValue,
    };

    /// <summary>Takes what the client sent next, from the preface on.</summary>
    /// <param name="bytes">All of it, in whatever pieces it comes.</param>
    /// <param name="now">Monotonic ticks.</param>
    /// <returns>The kind of which there are too many, or <see cref="Http2CheapFrame.None"/>.</returns>
    public Http2CheapFrame Take(ReadOnlySpan<byte> bytes, long now)
    {
        if (now >= _windowEnds)
        {
            _windowEnds = now + Window;
            Array.Clear(_counts);
        }

        while (!bytes.IsEmpty)
        {
            var skipped = (int)Math.Min(_skip, bytes.Length);
            _skip -= skipped;
            bytes = bytes[skipped..];
            var taken = Math.Min(HeadLength - _headBytes, bytes.Length);
            bytes[..taken].CopyTo(_head.AsSpan(_headBytes));
            bytes = bytes[taken..];
            _headBytes += taken;
            if (_headBytes < HeadLength)
            {
                break;
            }

            _headBytes = 0;
            var length = BinaryPrimitives.ReadUInt32BigEndian(_head) >> 8;
            _skip = length;
            var kind = KindOf(_head[3], _head[4], length);
            if (++_counts[(int)kind] > BudgetOf(kind))
            {
                return kind;
            }
        }

        return Http2CheapFrame.None;
    }

    private static Http2CheapFrame KindOf(byte type, byte flags, uint length) => type switch
    {
        Data => length == 0 && (flags & EndStream) == 0 ? Http2CheapFrame.EmptyData : Http2CheapFrame.None,
        ResetType => Http2CheapFrame.Reset,
        SettingsType => Http2CheapFrame.Settings,
        PingType => Http2CheapFrame.Ping,
        ContinuationType => Http2CheapFrame.Continuation,
        Priority or > ContinuationType => Http2CheapFrame.Other,
        _ => Http2CheapFrame.None,
    };
}
