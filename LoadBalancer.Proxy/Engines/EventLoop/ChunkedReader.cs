using System.Globalization;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What became of the bytes of a chunked body.</summary>
internal enum ChunkedStatus : byte
{
    /// <summary>The body goes on.</summary>
    Open,

    /// <summary>It has ended.</summary>
    Whole,

    /// <summary>It is none, or longer than it may be. What stands before the fault may have been passed on: the recipient must get no clean end.</summary>
    Invalid,
}

/// <summary>
/// Finds the end of a chunked body (RFC 9112, 7.1), over bytes that come in any pieces, and what may go on of it as it is.
/// A mutable struct: a field that is used in place. The default value is at the beginning of the body of a request.
/// </summary>
/// <param name="isAnswer">Whether it is the body of an answer: some destinations put blanks behind a chunk size, which every reader skips.</param>
internal struct ChunkedReader(bool isAnswer)
{
    // A line of a chunk, or all trailers together, may be so long. They carry nothing that matters to a proxy.
    private const int MostLine = 4 * 1024;
    private const int MostTrailers = 32 * 1024;

    // More digits than that are for a counter of more bits than any has.
    private const int MostDigits = 16;

    // The most that one chunk of a request may have, as with the web server of the platform.
    private const long MostOfRequest = int.MaxValue;
    private const long MostOfAnswer = long.MaxValue / 2;

    private readonly bool _isAnswer = isAnswer;

    private ChunkLine _line;
    private Step _step;
    private long _left;
    private int _digits;
    private int _lineLength;

    private enum Step : byte
    {
        /// <summary>In the size of a chunk.</summary>
        Size,

        /// <summary>Behind it, in extensions.</summary>
        Extension,

        /// <summary>At the LF of that line.</summary>
        EndOfLine,

        Data,

        /// <summary>At the CR behind the data.</summary>
        EndOfData,

        /// <summary>At the LF behind the data.</summary>
        EndOfChunk,

        Trailers,
        Whole,
        Invalid,
    }

    /// <summary>How long the body is so far, with the chunk that has begun: what a limit is held against before the bytes are there.</summary>
    public long Announced { get; private set; }

    /// <summary>
    /// Reads on, to pass the body on in chunks: the first <paramref name="pass"/> bytes go on as they are, the next <paramref name="drop"/> stay behind.
    /// Where some stay behind, it is called again with the rest; else what is left, of a trailer that has not come whole, is kept and comes again with what follows.
    /// </summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="head">The head of the message, whose <c>Connection</c> may name trailers.</param>
    /// <param name="pass">How many go on.</param>
    /// <param name="drop">How many stay behind after them.</param>
    public ChunkedStatus Pass(ReadOnlySpan<byte> bytes, MessageHead head, out int pass, out int drop)
    {
        (pass, drop) = (0, 0);
        while (_step is not (Step.Whole or Step.Invalid) && pass < bytes.Length)
        {
            var taken = _step == Step.Trailers ? ReadTrailer(bytes[pass..], head, out drop) : _step == Step.Data ? TakeData(bytes.Length - pass) : ReadFraming(bytes[pass..]);
            pass += taken;
            if (taken == 0)
            {
                break;
            }
        }

        return Status;
    }

    /// <summary>
    /// Reads on, to pass the body on without chunks: the next <paramref name="drop"/> bytes stay behind, and the <paramref name="pass"/> that follow go on.
    /// It is called again with the rest until nothing moves; what is left then is kept and comes again with what follows.
    /// </summary>
    public ChunkedStatus Unwrap(ReadOnlySpan<byte> bytes, out int drop, out int pass)
    {
        (drop, pass) = (0, 0);
        while (_step is not (Step.Whole or Step.Invalid or Step.Data) && drop < bytes.Length)
        {
            var dropped = 0;
            var taken = _step == Step.Trailers ? ReadTrailer(bytes[drop..], null, out dropped) : ReadFraming(bytes[drop..]);
            drop += taken + dropped;
            if (taken + dropped == 0)
            {
                break;
            }
        }

        if (_step == Step.Data)
        {
            pass = TakeData(bytes.Length - drop);
        }

        return Status;
    }

    private readonly ChunkedStatus Status => _step == Step.Whole ? ChunkedStatus.Whole : _step == Step.Invalid ? ChunkedStatus.Invalid : ChunkedStatus.Open;

    private int TakeData(int available)
    {
        var taken = (int)Math.Min(_left, available);
        _left -= taken;
        if (_left == 0)
        {
            _step = Step.EndOfData;
        }

        return taken;
    }

    // The line of a chunk, or the line end behind its data.
    private int ReadFraming(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; at++)
        {
            var next = bytes[at];
            _step = _step switch
            {
                Step.Size => ReadSize(next),
                Step.Extension => ++_lineLength > MostLine ? Step.Invalid : next == '\r' ? (_line.MayEnd ? Step.EndOfLine : Step.Invalid) : _line.Take(next) ? Step.Extension : Step.Invalid,
                Step.EndOfLine => next == '\n' ? EndLine() : Step.Invalid,
                Step.EndOfData => next == '\r' ? Step.EndOfChunk : Step.Invalid,
                _ => next == '\n' ? Step.Size : Step.Invalid,
            };

            if (_step is Step.Data or Step.Trailers)
            {
                return at + 1;
            }

            if (_step == Step.Invalid)
            {
                return at;
            }
        }

        return bytes.Length;
    }

    private Step ReadSize(byte next)
    {
        if (char.IsAsciiHexDigit((char)next))
        {
            _left = (_left << 4) | (uint)HexOf(next);
            return ++_digits > MostDigits || _left < 0 || _left > (_isAnswer ? MostOfAnswer : MostOfRequest) ? Step.Invalid : Step.Size;
        }

        if (_digits == 0)
        {
            return Step.Invalid;
        }

        _line = new ChunkLine(_isAnswer);
        return next == '\r' ? Step.EndOfLine : _line.Take(next) ? Step.Extension : Step.Invalid;
    }

    private Step EndLine()
    {
        (_digits, _lineLength) = (0, 0);
        if (_left == 0)
        {
            return Step.Trailers;
        }

        if (_left > long.MaxValue - Announced)
        {
            return Step.Invalid;
        }

        Announced += _left;
        return Step.Data;
    }

    // One line, when it is whole.
    private int ReadTrailer(ReadOnlySpan<byte> bytes, MessageHead? head, out int drop)
    {
        drop = 0;
        var line = default(FieldLine);
        switch (FieldLineReader.Read(bytes, 0, ref line, out var next))
        {
            case LineStatus.Incomplete:
                _step = _lineLength + bytes.Length > MostTrailers ? Step.Invalid : Step.Trailers;
                return 0;
            case LineStatus.End:
                _step = Step.Whole;
                return next;
            case LineStatus.Field when (_lineLength += next) <= MostTrailers:
                if (line.Rule.Trailer == FieldFate.Pass && head?.IsNamed(bytes[..line.NameLength], line.Rule) != true)
                {
                    return next;
                }

                drop = next;
                return 0;
            default:
                _step = Step.Invalid;
                return 0;
        }
    }

    private static int HexOf(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

/// <summary>Frames a body as chunks.</summary>
internal static class ChunkedWriter
{
    /// <summary>The longest line that <see cref="Begin"/> writes.</summary>
    public const int MostLine = 18;

    /// <summary>What stands behind each chunk.</summary>
    public static ReadOnlySpan<byte> EndOfChunk => "\r\n"u8;

    /// <summary>The end of the body.</summary>
    public static ReadOnlySpan<byte> End => "0\r\n\r\n"u8;

    /// <summary>Writes the line before a chunk.</summary>
    /// <returns>Its length.</returns>
    public static int Begin(long size, Span<byte> to)
    {
        size.TryFormat(to, out var digits, "x", CultureInfo.InvariantCulture);
        EndOfChunk.CopyTo(to[digits..]);
        return digits + EndOfChunk.Length;
    }
}
