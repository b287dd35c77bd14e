using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.Http;

/// <summary>The value of <c>X-Request-Id</c>, by which one request is found again in the logs of everyone it passed.</summary>
internal static class RequestId
{
    /// <summary>The field's name.</summary>
    public const string Header = "X-Request-Id";

    private const int MostLength = 128;

    /// <summary>Whether a value that a client sent may be kept: short, and of visible ASCII, so that it cannot break a log line.</summary>
    public static bool IsAcceptable(ReadOnlySpan<char> value) =>
        value.Length is > 0 and <= MostLength && !value.ContainsAnyExceptInRange('!', '~');

    /// <inheritdoc cref="IsAcceptable(ReadOnlySpan{char})" />
    public static bool IsAcceptable(ReadOnlySpan<byte> value) =>
        value.Length is > 0 and <= MostLength && !value.ContainsAnyExceptInRange((byte)'!', (byte)'~');

    /// <summary>The value that the client sent, where it may be kept, or a new one.</summary>
    public static string Choose(StringValues sent, Random random) => sent is [{ } one] && IsAcceptable(one) ? one : Create(random);

    /// <summary>A new value: 128 random bits in hexadecimal.</summary>
    public static string Create(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Writes a new value.</summary>
    /// <returns>How long it is.</returns>
    public static int Create(Random random, Span<byte> to)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        Convert.TryToHexStringLower(bytes, to, out var written);
        return written;
    }
}
