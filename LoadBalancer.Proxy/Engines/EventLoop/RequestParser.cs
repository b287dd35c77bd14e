using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Reads the heads of requests, strictly (RFC 9112): what two readers might take for two different requests is refused.</summary>
/// <remarks>It judges line by line, each as soon as it is whole, and never by more bytes than the limits allow: so it says the same however the bytes arrive.</remarks>
internal static class RequestParser
{
    // A client that has a line end too many behind a body (RFC 9112, 2.2).
    private const int MostEmptyLines = 2;

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Reads on.</summary>
    /// <param name="bytes">All that has arrived since the end of the message before: the bytes of the last call, and more. Bytes after the head are left alone.</param>
    /// <param name="head">Reset before the first call for a head, and then the same until it is not Incomplete any more.</param>
    /// <param name="limits">How long a head may be.</param>
    public static ParseStatus Parse(ReadOnlySpan<byte> bytes, RequestHead head, LimitOptions limits)
    {
        if (head.At == 0)
        {
            if (bytes.IsEmpty)
            {
                return ParseStatus.Incomplete;
            }

            // :: Step 1: Another protocol, by its first bytes.
            if (bytes[0] == 'P' && Preface.CommonPrefixLength(bytes) is var same && (same == Preface.Length || same == bytes.Length))
            {
                return same == Preface.Length ? ParseStatus.Http2Preface : ParseStatus.Incomplete;
            }

            // :: Step 2: The first line.
            var status = ReadFirstLine(bytes, head, limits);
            if (status != ParseStatus.Complete)
            {
                return status;
            }
        }

        // :: Step 3: The fields.
        return ReadFields(bytes, head, limits);
    }

    private static ParseStatus ReadFirstLine(ReadOnlySpan<byte> bytes, RequestHead head, LimitOptions limits)
    {
        var start = 0;
        while (start < bytes.Length && bytes[start] == '\r' && start < MostEmptyLines * 2)
        {
            if (start + 1 == bytes.Length)
            {
                return ParseStatus.Incomplete;
            }

            if (bytes[start + 1] != '\n')
            {
                return Refuse(bytes, head, Refusal.Malformed);
            }

            start += 2;
        }

        // :: The method.
        var line = bytes[start..Math.Min(bytes.Length, start + limits.MaxRequestLineSize)];
        var isCut = line.Length == limits.MaxRequestLineSize;
        var methodEnd = MessageBytes.EndOfToken(line);
        if (methodEnd <= 0)
        {
            // What is still a method when a whole line should be over is none.
            return methodEnd == 0 || isCut ? Refuse(bytes, head, Refusal.Malformed) : ParseStatus.Incomplete;
        }

        if (line[methodEnd] != ' ')
        {
            return Refuse(bytes, head, Refusal.Malformed);
        }

        // :: The target.
        var targetStart = methodEnd + 1;
        var targetLength = MessageBytes.EndOfTarget(line[targetStart..]);
        if (targetLength < 0)
        {
            return isCut ? Refuse(bytes, head, Refusal.TargetTooLong) : ParseStatus.Incomplete;
        }

        if (targetLength == 0 || line[targetStart + targetLength] != ' ')
        {
            return Refuse(bytes, head, Refusal.Malformed);
        }

        // :: The version.
        var status = ReadVersion(line[(targetStart + targetLength + 1)..], head, out var length);
        if (status != ParseStatus.Complete)
        {
            return status == ParseStatus.Invalid ? Refuse(bytes, head, head.Fault!) : isCut ? Refuse(bytes, head, Refusal.TargetTooLong) : ParseStatus.Incomplete;
        }

        (head.MethodStart, head.MethodLength) = (start, methodEnd);
        (head.TargetStart, head.TargetLength) = (start + targetStart, targetLength);
        if (!TargetReader.Read(bytes, head))
        {
            return Refuse(bytes, head, Refusal.Malformed);
        }

        head.At = start + targetStart + targetLength + 1 + length;
        return ParseStatus.Complete;
    }

    private static ParseStatus ReadVersion(ReadOnlySpan<byte> line, RequestHead head, out int length)
    {
        const int textLength = 8;
        length = textLength + 2;
        if (line.StartsWith("HTTP/1.1\r\n"u8))
        {
            return ParseStatus.Complete;
        }

        var end = line[..Math.Min(line.Length, textLength + 1)].IndexOf((byte)'\r');
        if (end < 0 && line.Length <= textLength)
        {
            return ParseStatus.Incomplete;
        }

        if (end != textLength)
        {
            head.Fault = Refusal.Malformed;
            return ParseStatus.Invalid;
        }

        if (line.Length < length)
        {
            return ParseStatus.Incomplete;
        }

        var text = line[..textLength];
        head.IsHttp10 = text.SequenceEqual("HTTP/1.0"u8);
        var isVersion = MessageBytes.Is(text[..5], "HTTP/"u8) && char.IsAsciiDigit((char)text[5]) && text[6] == '.' && char.IsAsciiDigit((char)text[7]);
        head.Fault = line[textLength + 1] != '\n' || !isVersion ? Refusal.Malformed
            : head.IsHttp10 || text.SequenceEqual("HTTP/1.1"u8) ? null
            : Refusal.UnknownVersion;
        return head.Fault is null ? ParseStatus.Complete : ParseStatus.Invalid;
    }

    private static ParseStatus ReadFields(ReadOnlySpan<byte> bytes, RequestHead head, LimitOptions limits)
    {
        if (head.FieldsStart == 0)
        {
            head.FieldsStart = head.At;
        }

        var end = head.FieldsStart + limits.MaxRequestHeadSize;
        var window = bytes[..Math.Min(bytes.Length, end)];
        while (true)
        {
            ref var line = ref head.NextLine();
            switch (FieldLineReader.Read(window, head.At, ref line, out var next))
            {
                case LineStatus.Incomplete:
                    return window.Length == end ? Refuse(bytes, head, Refusal.HeadTooLarge) : ParseStatus.Incomplete;
                case LineStatus.Invalid:
                    return Refuse(bytes, head, Refusal.Malformed);
                case LineStatus.End:
                    head.At = next;
                    return (RequestJudge.Judge(bytes, head) ?? Keep(bytes, head)) is { } fault ? Refuse(bytes, head, fault) : ParseStatus.Complete;
                case LineStatus.Field when head.LineCount == MessageHead.MostLines:
                    return Refuse(bytes, head, Refusal.HeadTooLarge);
                default:
                    head.At = next;
                    head.AddLine();
                    if (!RequestJudge.Note(bytes, head, line))
                    {
                        return Refuse(bytes, head, Refusal.Malformed);
                    }

                    break;
            }
        }
    }

    // The host can be judged when it is there as text.
    private static Refusal? Keep(ReadOnlySpan<byte> bytes, RequestHead head)
    {
        head.Keep(bytes[..head.At]);
        var isAbsolute = head.PathStart > head.TargetStart;
        return (head.HostLength > 0 && !IsHost(head.Authority)) || (isAbsolute && head.TryGet("Host", 0, out var host) && !IsHost(host)) ? Refusal.Malformed : null;
    }

    // The platform would take names beyond ASCII, which nobody can write into this field (RFC 3986, 3.2.2).
    private static bool IsHost(ReadOnlySpan<char> host) => Ascii.IsValid(host) && MessageSyntax.IsHost(host);

    private static ParseStatus Refuse(ReadOnlySpan<byte> bytes, RequestHead head, Refusal fault)
    {
        if (head.At == 0)
        {
            // What was found of the first line is not kept.
            head.Reset();
        }

        // The lines that were read may still tell the request's id.
        head.Keep(bytes[..head.At]);
        head.Fault = fault;
        return ParseStatus.Invalid;
    }
}
