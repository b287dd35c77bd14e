using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>
/// Reads the heads of answers. What can be read in one way only is taken and cleaned, as a destination may be old: a bare LF, blanks before a colon,
/// folded lines, NUL and CR in a value. What two clients might read differently is invalid (RFC 9112, 6.3).
/// </summary>
internal static class ResponseParser
{
    /// <summary>How long a head may be, as the HTTP client of the platform has it.</summary>
    public const int MostLength = 64 * 1024;

    private const int StatusLineLength = 12;

    /// <summary>Reads on, as <see cref="RequestParser.Parse"/>. Invalid is an answer that cannot be passed on: 502, and its connection is not used again.</summary>
    /// <param name="bytes">All that has arrived of the head.</param>
    /// <param name="head">What is filled.</param>
    /// <param name="isHead">Whether only the head was asked for.</param>
    /// <param name="isTunnel">Whether a tunnel was asked for. A 101 is invalid otherwise.</param>
    public static ParseStatus Parse(ReadOnlySpan<byte> bytes, ResponseHead head, bool isHead, bool isTunnel)
    {
        var window = bytes[..Math.Min(bytes.Length, MostLength)];
        var status = head.At > 0 ? ParseStatus.Complete : ReadStatusLine(window, head);
        if (status == ParseStatus.Complete)
        {
            status = ReadFields(window, head);
        }

        if (status == ParseStatus.Complete)
        {
            head.Keep(bytes[..head.At]);
            return ResponseJudge.Judge(head, isHead, isTunnel) ? ParseStatus.Complete : ParseStatus.Invalid;
        }

        return status == ParseStatus.Incomplete && window.Length == MostLength ? ParseStatus.Invalid : status;
    }

    private static ParseStatus ReadStatusLine(ReadOnlySpan<byte> window, ResponseHead head)
    {
        if (window.Length < StatusLineLength)
        {
            // Whatever does not begin like an answer is none already.
            var begun = window[..Math.Min(window.Length, 7)];
            return "HTTP/1."u8.StartsWith(begun) ? ParseStatus.Incomplete : ParseStatus.Invalid;
        }

        if (!window.StartsWith("HTTP/1."u8) || window[7] is not ((byte)'0' or (byte)'1') || window[8] != ' ' || !TryReadStatus(window.Slice(9, 3), out var code))
        {
            return ParseStatus.Invalid;
        }

        var end = window.IndexOf((byte)'\n');
        if (end < 0)
        {
            return ParseStatus.Incomplete;
        }

        var length = end > 0 && window[end - 1] == '\r' ? end - 1 : end;
        if (length > StatusLineLength && window[StatusLineLength] != ' ')
        {
            return ParseStatus.Invalid;
        }

        (head.Status, head.IsHttp10) = (code, window[7] == '0');
        (head.ReasonStart, head.ReasonLength) = length > StatusLineLength ? (StatusLineLength + 1, length - StatusLineLength - 1) : (StatusLineLength, 0);
        head.At = end + 1;
        return ParseStatus.Complete;
    }

    private static bool TryReadStatus(ReadOnlySpan<byte> text, out int status)
    {
        var isNumber = MessageBytes.TryParseLength(text, out var number);
        status = (int)number;
        return isNumber && status is >= 100 and < 1000;
    }

    private static ParseStatus ReadFields(ReadOnlySpan<byte> window, ResponseHead head)
    {
        while (true)
        {
            var rest = window[head.At..];

            // A line ends before a byte that does not continue it, so that byte has to be there, but for the empty line.
            var end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                return ParseStatus.Incomplete;
            }

            if (end == 0 || (end == 1 && rest[0] == '\r'))
            {
                head.IsPlain &= end == 1;
                head.At += end + 1;
                return ParseStatus.Complete;
            }

            while (end + 1 < rest.Length && rest[end + 1] is (byte)' ' or (byte)'\t')
            {
                var more = rest[(end + 1)..].IndexOf((byte)'\n');
                if (more < 0)
                {
                    return ParseStatus.Incomplete;
                }

                end += more + 1;
            }

            if (end + 1 == rest.Length)
            {
                return ParseStatus.Incomplete;
            }

            if (!ReadField(rest[..end], head))
            {
                return ParseStatus.Invalid;
            }

            head.At += end + 1;
        }
    }

    private static bool ReadField(ReadOnlySpan<byte> text, ResponseHead head)
    {
        var colon = text.IndexOf((byte)':');
        if (colon <= 0 || head.LineCount == MessageHead.MostLines)
        {
            return false;
        }

        var nameLength = text[..colon].TrimEnd(" \t"u8).Length;
        if (nameLength == 0 || MessageBytes.EndOfToken(text[..nameLength]) >= 0)
        {
            return false;
        }

        var value = text[(colon + 1)..].TrimEnd("\r \t"u8);
        var start = colon + 1 + MessageBytes.BlanksAt(value);
        var length = Math.Max(0, colon + 1 + value.Length - start);
        head.IsPlain &= nameLength == colon && text[^1] == '\r';
        ref var line = ref head.NextLine();
        line.NameStart = head.At;
        line.NameLength = nameLength;
        line.ValueStart = head.At + start;
        line.ValueLength = length;
        line.Rule = FieldTable.Of(text[..nameLength]);
        head.AddLine();
        return ResponseJudge.Note(text.Slice(start, length), head, line.Rule.Id);
    }
}
