using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>Writes the lines of the access log. Nothing that a client sends can make two lines of one, or end a text in it.</summary>
internal static class AccessLine
{
    private const string UserAgent = "User-Agent";
    private const string Referer = "Referer";

    /// <summary>Writes a line, with its end.</summary>
    public delegate void Format(ref LineWriter to, in AccessEntry entry);

    private static ReadOnlySpan<byte> Months => "JanFebMarAprMayJunJulAugSepOctNovDec"u8;

    /// <summary>A JSON object. All keys are always there; those that do not apply are null.</summary>
    public static void Json(ref LineWriter to, in AccessEntry entry)
    {
        to.Write("{\"time\":\""u8);
        WriteIsoTime(ref to, entry.Time.UtcDateTime);
        to.Write("\",\"client\":"u8);
        if (entry.Client is { } client)
        {
            to.Write("\""u8);
            to.Write(client);
            to.Write("\""u8);
        }
        else
        {
            to.Write("null"u8);
        }

        WriteText(ref to, ",\"user\":"u8, entry.User);
        WriteText(ref to, ",\"method\":"u8, entry.Method);
        WriteText(ref to, ",\"host\":"u8, entry.Host);
        WriteText(ref to, ",\"target\":"u8, entry.Target);
        WriteText(ref to, ",\"protocol\":"u8, entry.Protocol);
        to.Write(",\"status\":"u8);
        to.Write(entry.Status);
        to.Write(",\"bytes\":"u8);
        to.Write(entry.Bytes);
        WriteText(ref to, ",\"route\":"u8, entry.Route);
        WriteText(ref to, ",\"cluster\":"u8, entry.Cluster);
        WriteText(ref to, ",\"destination\":"u8, entry.Destination);
        to.Write(",\"attempts\":"u8);
        to.Write(entry.Attempts);
        WriteTime(ref to, ",\"totalMs\":"u8, entry.Total);
        WriteTime(ref to, ",\"connectMs\":"u8, entry.Connect);
        WriteTime(ref to, ",\"firstByteMs\":"u8, entry.FirstByte);
        WriteText(ref to, ",\"userAgent\":"u8, ValueOf(entry.Fields, UserAgent));
        WriteText(ref to, ",\"referer\":"u8, ValueOf(entry.Fields, Referer));
        WriteText(ref to, ",\"requestId\":"u8, entry.RequestId);
        WriteText(ref to, ",\"outcome\":"u8, entry.Outcome);
        to.Write("}\n"u8);
    }

    /// <summary>The combined format: <c>client - user [time] "request" status bytes "referer" "user agent"</c>.</summary>
    public static void Combined(ref LineWriter to, in AccessEntry entry)
    {
        if (entry.Client is { } client)
        {
            to.Write(client);
        }
        else
        {
            to.Write("-"u8);
        }

        to.Write(" - "u8);
        to.WriteHex(entry.User is { } user ? user : "-");
        to.Write(" ["u8);
        WriteLogTime(ref to, entry.Time.UtcDateTime);
        to.Write("] \""u8);
        if (entry.Method.IsEmpty)
        {
            to.Write("-"u8);
        }
        else
        {
            to.WriteHex(entry.Method);
            to.Write(" "u8);
            to.WriteHex(entry.Target);
            to.Write(" "u8);
            to.WriteHex(entry.Protocol);
        }

        to.Write("\" "u8);
        to.Write(entry.Status);
        to.Write(" "u8);
        to.Write(entry.Bytes);
        WriteQuoted(ref to, ValueOf(entry.Fields, Referer));
        WriteQuoted(ref to, ValueOf(entry.Fields, UserAgent));
        to.Write("\n"u8);
    }

    private static ReadOnlySpan<char> ValueOf(IFields fields, string name) => fields.TryGet(name, 0, out var value) ? value : default;

    private static void WriteText(ref LineWriter to, ReadOnlySpan<byte> key, ReadOnlySpan<char> text)
    {
        to.Write(key);
        if (text.IsEmpty)
        {
            to.Write("null"u8);
            return;
        }

        to.Write("\""u8);
        to.WriteJson(text);
        to.Write("\""u8);
    }

    private static void WriteQuoted(ref LineWriter to, ReadOnlySpan<char> text)
    {
        to.Write(" \""u8);
        to.WriteHex(text.IsEmpty ? "-" : text);
        to.Write("\""u8);
    }

    private static void WriteTime(ref LineWriter to, ReadOnlySpan<byte> key, long? ticks)
    {
        to.Write(key);
        if (ticks is { } known)
        {
            to.WriteMilliseconds(known);
        }
        else
        {
            to.Write("null"u8);
        }
    }

    private static void WriteIsoTime(ref LineWriter to, DateTime time)
    {
        to.Write(time.Year, 4);
        to.Write("-"u8);
        to.Write(time.Month, 2);
        to.Write("-"u8);
        to.Write(time.Day, 2);
        to.Write("T"u8);
        WriteClock(ref to, time);
        to.Write("."u8);
        to.Write(time.Millisecond, 3);
        to.Write("Z"u8);
    }

    private static void WriteLogTime(ref LineWriter to, DateTime time)
    {
        to.Write(time.Day, 2);
        to.Write("/"u8);
        to.Write(Months.Slice((time.Month - 1) * 3, 3));
        to.Write("/"u8);
        to.Write(time.Year, 4);
        to.Write(":"u8);
        WriteClock(ref to, time);
        to.Write(" +0000"u8);
    }

    private static void WriteClock(ref LineWriter to, DateTime time)
    {
        to.Write(time.Hour, 2);
        to.Write(":"u8);
        to.Write(time.Minute, 2);
        to.Write(":"u8);
        to.Write(time.Second, 2);
    }
}
