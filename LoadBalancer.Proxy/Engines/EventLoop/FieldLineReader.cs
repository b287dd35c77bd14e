using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What a line is after a first line, or after a body.</summary>
internal enum LineStatus : byte
{
    /// <summary>Its end has not come.</summary>
    Incomplete,

    /// <summary>A field.</summary>
    Field,

    /// <summary>The empty line after the last field.</summary>
    End,

    /// <summary>Neither.</summary>
    Invalid,
}

/// <summary>Reads one field line strictly (RFC 9112, 5): a name that is a token, a colon right behind it, a value without control characters, CR and LF.</summary>
internal static class FieldLineReader
{
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';

    /// <summary>Reads the line that begins at a place.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="at">Where the line begins.</param>
    /// <param name="line">Where its parts are, if it is a field.</param>
    /// <param name="next">Where the next line begins, if this one is whole.</param>
    public static LineStatus Read(ReadOnlySpan<byte> bytes, int at, ref FieldLine line, out int next)
    {
        next = at;
        var rest = bytes[at..];
        var colon = MessageBytes.EndOfToken(rest);
        if (colon < 0)
        {
            return LineStatus.Incomplete;
        }

        if (rest[colon] != ':' || colon == 0)
        {
            return colon > 0 ? LineStatus.Invalid : EndsHere(rest, ref next, LineStatus.End);
        }

        // What is not a blank, a tab or a visible character ends the value, and only CR may.
        var start = colon + 1;
        start += MessageBytes.BlanksAt(rest[start..]);
        var length = MessageBytes.EndOfValue(rest[start..]);
        if (length < 0)
        {
            return LineStatus.Incomplete;
        }

        next = at + start + length;
        var status = EndsHere(bytes[next..], ref next, LineStatus.Field);
        if (status == LineStatus.Field)
        {
            while (length > 0 && rest[start + length - 1] is (byte)' ' or (byte)'\t')
            {
                length--;
            }

            line.NameStart = at;
            line.NameLength = colon;
            line.ValueStart = at + start;
            line.ValueLength = length;
            line.Rule = FieldTable.Of(rest[..colon]);
        }

        return status;
    }

    private static LineStatus EndsHere(ReadOnlySpan<byte> rest, ref int next, LineStatus status)
    {
        if (rest[0] != Cr)
        {
            return LineStatus.Invalid;
        }

        if (rest.Length < 2)
        {
            return LineStatus.Incomplete;
        }

        next += 2;
        return rest[1] == Lf ? status : LineStatus.Invalid;
    }
}
