using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What the fields of an answer say of its framing and its connection, and whether it can be passed on.</summary>
internal static class ResponseJudge
{
    private const int SwitchingProtocols = 101;

    /// <summary>Notes a field.</summary>
    /// <returns>False where it is one that makes the answer invalid whatever follows.</returns>
    public static bool Note(ReadOnlySpan<byte> value, ResponseHead head, FieldId id)
    {
        if (MessageBytes.EndOfValue(value) >= 0)
        {
            // Line ends within a value are those of a folded line. All other control characters have no meaning that could be kept.
            if (value.IndexOfAnyExceptInRange((byte)' ', (byte)'~') is var first && !IsCleanable(value[first..]))
            {
                return false;
            }

            (head.NeedsCleaning, head.IsPlain) = (true, false);
        }

        switch (id)
        {
            case FieldId.ContentLength or FieldId.Connection:
                return head.NoteFraming(id, value);
            case FieldId.TransferEncoding:
                return head.NoteFraming(id, value) && head.IsChunked;
            default:
                return true;
        }
    }

    /// <summary>Judges the whole. What it finds is in the head.</summary>
    /// <returns>False where it cannot be passed on.</returns>
    public static bool Judge(ResponseHead head, bool isHead, bool isTunnel)
    {
        // HTTP/1.0 knows no transfer codings; who sends one all the same may mean either (RFC 9112, 6.1).
        if ((head.CodingCount > 0 && head.IsHttp10) || (head.Status == SwitchingProtocols && !isTunnel))
        {
            return false;
        }

        if (head.NeedsCleaning)
        {
            head.Clean();
        }

        var hasBody = !isHead && head.Status is >= 200 and not (204 or 304);
        head.Body = !hasBody ? AnswerBody.None
            : head.CodingCount > 0 ? AnswerBody.Chunked
            : head.LengthCount == 0 ? AnswerBody.UntilClose
            : head.ContentLength > 0 ? AnswerBody.Length
            : AnswerBody.None;

        // Who says both a length and chunks may have been made to (RFC 9112, 6.3).
        head.KeepsAlive = head.AsksToKeepAlive
            && head.Body != AnswerBody.UntilClose
            && !(head.CodingCount > 0 && head.LengthCount > 0);
        return true;
    }

    private static bool IsCleanable(ReadOnlySpan<byte> value)
    {
        foreach (var octet in value)
        {
            if (octet is (< (byte)' ' and not ((byte)'\t' or (byte)'\r' or (byte)'\n' or 0)) or 0x7f)
            {
                return false;
            }
        }

        return true;
    }
}
