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
/// A mutable struct: a field that is used in place. The default value is at the beginning of a body.
/// </summary>
/// <param name="isAnswer">Whether it is the body of an answer: some destinations put blanks behind a chunk size, which every reader skips.</param>
internal struct ChunkedReader(bool isAnswer)
{
    private readonly bool _isAnswer = isAnswer;

    /// <summary>How long the body is so far, with the chunk that has begun: what a limit is held against before the bytes are there.</summary>
    public long Announced { get; private set; }

    /// <summary>
    /// Reads on, to pass the body on in chunks: the first <paramref name="pass"/> bytes go on as they are, the next <paramref name="drop"/> stay behind.
    /// Where some stay behind, it is called again with the rest; else what is left, of a trailer that has not come whole, is kept and comes again with what follows.
    /// </summary>
    public ChunkedStatus Pass(ReadOnlySpan<byte> bytes, out int pass, out int drop) => throw new NotImplementedException($"{_isAnswer}");

    /// <summary>Reads on, to pass the body on without chunks: the next <paramref name="drop"/> bytes stay behind, and those that follow go on. It is called again until nothing moves.</summary>
    public ChunkedStatus Unwrap(ReadOnlySpan<byte> bytes, out int drop, out int pass) => throw new NotImplementedException();
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
    public static int Begin(long size, Span<byte> to) => throw new NotImplementedException();
}
