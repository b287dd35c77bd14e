using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What the fields of a request say of its framing and its connection, and whether they agree.</summary>
internal static class RequestJudge
{
    /// <summary>Notes a field.</summary>
    /// <returns>False where it is one that makes the request malformed whatever follows.</returns>
    public static bool Note(ReadOnlySpan<byte> bytes, RequestHead head, in FieldLine line)
    {
        var value = bytes.Slice(line.ValueStart, line.ValueLength);
        switch (line.Rule.Id)
        {
            case FieldId.Host:
                // That of an absolute form is the one that counts (RFC 9112, 3.2.2), and this one must be valid all the same.
                if (head.PathStart == head.TargetStart)
                {
                    (head.HostStart, head.HostLength) = (line.ValueStart, line.ValueLength);
                }

                return ++head.HostCount == 1 && line.ValueLength > 0;
            case FieldId.ContentLength or FieldId.TransferEncoding or FieldId.Connection:
                return head.NoteFraming(line.Rule.Id, value);
            case FieldId.Upgrade:
                head.NamesWebSocket = ++head.UpgradeCount == 1 && MessageBytes.Is(value, "websocket"u8);
                return true;
            case FieldId.Expect:
                head.ExpectsContinue |= MessageBytes.Is(value, "100-continue"u8);
                return true;
            case FieldId.Via or FieldId.MaxForwards:
                head.CountsHops = true;
                return true;
            case FieldId.Te:
                head.HasTe = true;
                return true;
            default:
                return true;
        }
    }

    /// <summary>Judges the whole. What it finds is in the head.</summary>
    /// <returns>What it is refused with; null when it is not.</returns>
    public static Refusal? Judge(ReadOnlySpan<byte> bytes, RequestHead head)
    {
        if (head.HostCount == 0 && !head.IsHttp10)
        {
            return Refusal.Malformed;
        }

        if (head.CodingCount > 0)
        {
            // HTTP/1.0 knows no transfer codings, and a length beside one is how requests are smuggled (RFC 9112, 6.1 and 11.2).
            if (head.IsHttp10 || head.LengthCount > 0)
            {
                return Refusal.Malformed;
            }

            if (!head.IsChunked)
            {
                head.Keep(bytes[..head.At]);
                return FieldValues.CheckFraming(head.Joined(FieldId.TransferEncoding)) ?? Refusal.Malformed;
            }
        }

        head.Body = head.CodingCount > 0 ? RequestBody.Chunked : head.LengthCount > 0 && head.ContentLength > 0 ? RequestBody.Length : RequestBody.None;
        head.KeepsAlive = head.AsksToKeepAlive;
        head.IsTunnel = head.NamesWebSocket && (head.Connection & ConnectionOptions.Upgrade) != 0 && !head.IsHttp10 && head.Body == RequestBody.None
            && bytes.Slice(head.MethodStart, head.MethodLength).SequenceEqual("GET"u8);
        return null;
    }
}
