namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Reads the heads of answers.</summary>
internal static class ResponseParser
{
    /// <summary>How long a head may be, as the HTTP client of the platform has it.</summary>
    public const int MostLength = 64 * 1024;

    /// <summary>Reads on, as <see cref="RequestParser.Parse"/>. Invalid is an answer that cannot be passed on: 502, and its connection is not used again.</summary>
    /// <param name="bytes">All that has arrived of the head.</param>
    /// <param name="head">What is filled.</param>
    /// <param name="isHead">Whether only the head was asked for.</param>
    /// <param name="isTunnel">Whether a tunnel was asked for. A 101 is invalid otherwise.</param>
    public static ParseStatus Parse(ReadOnlySpan<byte> bytes, ResponseHead head, bool isHead, bool isTunnel) => throw new NotImplementedException();
}
