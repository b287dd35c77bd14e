using System.Text;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What the head to a client says beside what the destination wrote.</summary>
internal readonly ref struct AnswerContext
{
    /// <summary>The value of <c>Date</c>, where the destination sent none (<see cref="DateText"/>).</summary>
    public required ReadOnlySpan<byte> Date { get; init; }

    /// <summary>Whether the client's connection is closed after it for a reason of ours: a stop, or that it has brought as many requests as it may. Not for a tunnel.</summary>
    public bool Closes { get; init; }

    /// <summary>The value of the session's <c>Set-Cookie</c>, or empty.</summary>
    public ReadOnlySpan<char> SetCookie { get; init; }

    /// <summary>The header that the session is told by, or empty.</summary>
    public ReadOnlySpan<char> SessionHeader { get; init; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<char> SessionId { get; init; }

    /// <summary>What the route changes; null where it changes nothing.</summary>
    public RouteChanges? Changes { get; init; }
}

/// <summary>How an answer goes on after its head.</summary>
/// <param name="Relay">What is done to its body.</param>
/// <param name="Closes">Whether the client's connection is closed after it, as the head says.</param>
internal readonly record struct AnswerPlan(BodyRelay Relay, bool Closes);

/// <summary>Writes the heads of answers as clients get them.</summary>
internal static partial class AnswerWriter
{
    private const int SwitchingProtocols = 101;
    private const int ResetContent = 205;

    /// <summary>Appends the head of an answer that is passed on; of one that opens a tunnel as well.</summary>
    public static AnswerPlan Write(OutputBuffer to, ResponseHead answer, RequestHead request, in AnswerContext context)
    {
        var relay = RelayOf(answer, request.IsHttp10);

        // Where the client has no other way to see the end of the body, it is that of the connection.
        var isUntilClose = request.IsHttp10 && answer.Body is AnswerBody.Chunked or AnswerBody.UntilClose && relay is not (BodyRelay.Nothing or BodyRelay.ToChunks);
        var closes = answer.Status != SwitchingProtocols && (context.Closes || !request.KeepsAlive || isUntilClose);

        WriteStatusLine(to, answer);
        var changes = context.Changes?.Answer(answer.Status);
        WriteLines(to, answer, context.SessionHeader, changes);
        WriteFraming(to, answer, relay);
        if (answer.Status == SwitchingProtocols)
        {
            to.Write("Connection: Upgrade\r\n"u8);
            to.WriteField("Upgrade: "u8, answer.TryGetOnly(FieldId.Upgrade, out var protocol) ? protocol : "websocket"u8);
        }
        else
        {
            WriteConnection(to, request, closes);
        }

        WriteOwn(to, answer, request, context, changes);
        to.WriteLineEnd();
        return new AnswerPlan(relay, closes);
    }

    /// <summary>Appends an informational answer (1xx). Nothing for a client of HTTP/1.0, which knows none.</summary>
    public static void WriteInformational(OutputBuffer to, ResponseHead answer, RequestHead request)
    {
        if (!request.IsHttp10)
        {
            WriteStatusLine(to, answer);
            WriteLines(to, answer, [], null);
            to.Write(ViaOf(answer));
            to.WriteLineEnd();
        }
    }

    private static ReadOnlySpan<byte> ViaOf(ResponseHead answer) => answer.IsHttp10 ? "Via: 1.0 LoadBalancer\r\n"u8 : "Via: 1.1 LoadBalancer\r\n"u8;

    private static BodyRelay RelayOf(ResponseHead answer, bool isHttp10) => answer.Status == ResetContent
        ? BodyRelay.Nothing
        : answer.Body switch
        {
            AnswerBody.None => BodyRelay.Nothing,
            AnswerBody.Length => BodyRelay.AsIs,
            AnswerBody.Chunked => isHttp10 ? BodyRelay.FromChunks : BodyRelay.Chunks,
            _ => isHttp10 ? BodyRelay.AsIs : BodyRelay.ToChunks,
        };

    private static void WriteStatusLine(OutputBuffer to, ResponseHead answer)
    {
        // What is not plain text means nothing that a client could need (RFC 9112, 4).
        var reason = answer.Reason;
        if (reason.IsEmpty || reason.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            to.Write(StatusLines.Of(answer.Status));
            return;
        }

        to.Write("HTTP/1.1 "u8);
        to.Write((long)answer.Status);
        to.Write(" "u8);
        to.Write(reason);
        to.WriteLineEnd();
    }

    private static void WriteLines(OutputBuffer to, ResponseHead answer, ReadOnlySpan<char> replaced, FieldChanges? changes)
    {
        var named = new NamedByConnection((answer.Connection & ConnectionOptions.Others) == 0 ? [] : answer.Joined(FieldId.Connection));
        var lines = answer.Lines;
        for (var first = 0; first < lines.Length; first++)
        {
            var end = first;
            while (end < lines.Length && Passes(answer, lines[end], named, replaced, changes))
            {
                end++;
            }

            if (end == first)
            {
                continue;
            }

            if (answer.IsPlain)
            {
                to.Write(answer.LinesAsTheyCame(first, end));
            }
            else
            {
                foreach (ref readonly var line in lines[first..end])
                {
                    to.Write(answer.NameOf(line));
                    to.WriteField(": "u8, answer.ValueOf(line));
                }
            }

            first = end;
        }

        to.Write(changes is null ? [] : changes.Added);
    }

    private static bool Passes(ResponseHead answer, in FieldLine line, in NamedByConnection named, ReadOnlySpan<char> replaced, FieldChanges? changes) => line.Rule.Id switch
    {
        FieldId.ContentLength => false,
        FieldId.Via => true,
        _ => named.InAnswer(answer.NameOf(line), line.Rule) == FieldFate.Pass
            && (replaced.IsEmpty || !Ascii.EqualsIgnoreCase(answer.NameOf(line), replaced))
            && changes?.Keeps(answer.NameOf(line)) != false,
    };

    private static void WriteFraming(OutputBuffer to, ResponseHead answer, BodyRelay relay)
    {
        switch (relay)
        {
            case BodyRelay.Chunks or BodyRelay.ToChunks:
                to.Write("Transfer-Encoding: chunked\r\n"u8);
                break;
            case BodyRelay.Nothing when answer.Status == ResetContent:
                to.Write("Content-Length: 0\r\n"u8);
                break;

            // Of HEAD and 304 the length is that of what does not come. Chunked framing wins over a length, and some answers have neither (RFC 9112, 6.3).
            case BodyRelay.Nothing or BodyRelay.AsIs when answer.LengthCount > 0 && answer.CodingCount == 0 && answer.Status is >= 200 and not 204:
                to.WriteField("Content-Length: "u8, answer.ContentLength);
                break;
        }
    }

    private static void WriteConnection(OutputBuffer to, RequestHead request, bool closes)
    {
        if (closes)
        {
            to.Write("Connection: close\r\n"u8);
        }
        else if (request.IsHttp10)
        {
            to.Write("Connection: keep-alive\r\n"u8);
        }
    }

    private static void WriteOwn(OutputBuffer to, ResponseHead answer, RequestHead request, in AnswerContext context, FieldChanges? changes)
    {
        var (hasDate, hasId) = (changes?.Adds("Date") == true, changes?.Adds(RequestId.Header) == true);
        foreach (ref readonly var line in answer.Lines)
        {
            hasDate |= line.Rule.Id == FieldId.Date && changes?.Keeps("Date"u8) != false;
            hasId |= line.Rule.Id == FieldId.RequestId && changes?.Keeps("X-Request-Id"u8) != false;
        }

        if (!hasDate)
        {
            to.WriteField("Date: "u8, context.Date);
        }

        if (!hasId)
        {
            to.WriteField("X-Request-Id: "u8, request.Id);
        }

        to.Write(ViaOf(answer));
        if (!context.SetCookie.IsEmpty)
        {
            to.WriteField("Set-Cookie: "u8, context.SetCookie);
        }

        if (!context.SessionHeader.IsEmpty)
        {
            to.Write(context.SessionHeader);
            to.WriteField(": "u8, context.SessionId);
        }
    }
}
