using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

/// <summary>A reader of its own making, by the letter of RFC 9112 and with no mercy: what goes on to a destination must be clear to it.</summary>
internal static partial class StrictReader
{
    /// <summary>How a request is framed: <c>none</c>, its length, or <c>chunked</c>; null where it is not valid.</summary>
    public static string? FramingOf(ReadOnlySpan<byte> head)
    {
        var lines = Encoding.Latin1.GetString(head).Split("\r\n");
        if (lines is not [_, .., "", ""] || !RequestLine().IsMatch(lines[0]) || !Array.TrueForAll(lines[1..^2], Field().IsMatch))
        {
            return null;
        }

        string[] Values(string name) => lines[1..^2].Named(name);
        return (Values("Host").Length, Values("Content-Length"), Values("Transfer-Encoding")) switch
        {
            (1, [], []) => "none",
            (1, [var length], []) when length.All(char.IsAsciiDigit) && long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => $"{number}",
            (1, [], ["chunked"]) => "chunked",
            _ => null,
        };
    }

    /// <summary>Whether this is a whole chunked body and nothing else.</summary>
    public static bool IsChunked(ReadOnlySpan<byte> body)
    {
        var (text, at) = (Encoding.Latin1.GetString(body), 0);
        while (ChunkLine().Match(text, at) is { Success: true } line && line.Index == at)
        {
            at += line.Length;
            var size = long.Parse(line.Groups["size"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                return Trailers().IsMatch(text[at..]);
            }

            if (size + 2 > text.Length - at || string.CompareOrdinal(text, at + (int)size, "\r\n", 0, 2) != 0)
            {
                return false;
            }

            at += (int)size + 2;
        }

        return false;
    }

    [GeneratedRegex(@"\A[-!#$%&'*+.^_`|~0-9A-Za-z]+ /[!-~]* HTTP/1\.1\z")]
    private static partial Regex RequestLine();

    [GeneratedRegex(@"\A[-!#$%&'*+.^_`|~0-9A-Za-z]+:[\t -~\u0080-\u00ff]*\z")]
    private static partial Regex Field();

    [GeneratedRegex(@"(?<size>[0-9A-Fa-f]{1,16})(;[-!#$%&'*+.^_`|~0-9A-Za-z]+(=([-!#$%&'*+.^_`|~0-9A-Za-z]+|""([\t !#-\[\]-~\u0080-\u00ff]|\\[\t -~\u0080-\u00ff])*""))?)*\r\n")]
    private static partial Regex ChunkLine();

    [GeneratedRegex(@"\A([-!#$%&'*+.^_`|~0-9A-Za-z]+:[\t -~\u0080-\u00ff]*\r\n)*\r\n\z")]
    private static partial Regex Trailers();
}
