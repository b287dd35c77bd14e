using System.Buffers;
using System.Text;

namespace LoadBalancer.Proxy.Http;

/// <summary>The characters of <see cref="MessageSyntax"/> as they come over the wire.</summary>
internal static class MessageBytes
{
    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> TargetBytes = SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Where(c => c != '#').Select(c => (byte)c)]);

    private static readonly SearchValues<byte> ControlBytes =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Append(0x7f).Where(c => c != '\t').Select(c => (byte)c)]);

    /// <summary>Where the token ends that the bytes begin with; -1 where all of them are of one.</summary>
    public static int EndOfToken(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyExcept(TokenBytes);

    /// <summary>Where the target of a request ends that the bytes begin with; -1 where all of them are of one.</summary>
    public static int EndOfTarget(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyExcept(TargetBytes);

    /// <summary>Where the value of a field ends that the bytes begin with: at the first control character; -1 where there is none.</summary>
    public static int EndOfValue(ReadOnlySpan<byte> bytes) => bytes.IndexOfAny(ControlBytes);

    /// <summary>How many of the bytes at the beginning are blanks.</summary>
    public static int BlanksAt(ReadOnlySpan<byte> bytes)
    {
        // There is one, nearly always.
        var count = 0;
        while (count < bytes.Length && bytes[count] is (byte)' ' or (byte)'\t')
        {
            count++;
        }

        return count;
    }

    /// <summary>Without the blanks at its ends.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value) => value.Trim(" \t"u8);

    /// <summary>Whether it is this word; case does not count.</summary>
    public static bool Is(ReadOnlySpan<byte> value, ReadOnlySpan<byte> word) => value.Length == word.Length && Ascii.EqualsIgnoreCase(value, word);

    /// <summary>Whether it begins with this word; case does not count.</summary>
    public static bool StartsWith(ReadOnlySpan<byte> value, ReadOnlySpan<byte> word) => value.Length >= word.Length && Ascii.EqualsIgnoreCase(value[..word.Length], word);

    /// <summary>Reads the value of <c>Content-Length</c> (RFC 9110, 8.6): digits and nothing else, as large as a counter may be.</summary>
    public static bool TryParseLength(ReadOnlySpan<byte> value, out long length)
    {
        length = 0;
        foreach (var digit in value)
        {
            if (digit is < (byte)'0' or > (byte)'9' || length > (long.MaxValue - (digit - '0')) / 10)
            {
                return false;
            }

            length = (length * 10) + (digit - '0');
        }

        return !value.IsEmpty;
    }
}
