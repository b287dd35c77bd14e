using System.Buffers;
using System.Globalization;
using System.Text;

namespace LoadBalancer.Proxy.Http;

/// <summary>The path in the target of a request (RFC 3986, 3.3).</summary>
internal static class TargetPath
{
    // Beside letters, digits and what is always as good as its encoding (RFC 3986, 3.3).
    private static readonly SearchValues<char> PathCharacters = SearchValues.Create("/!$&'()*+,;=:@");

    /// <summary>The path and query: the target itself, or what follows the authority of the absolute form (RFC 9112, 3.2.2). Without a slash where that has no path.</summary>
    public static ReadOnlySpan<char> PathAndQuery(ReadOnlySpan<char> target)
    {
        if (target.StartsWith('/') || target.IndexOf("://") is not (> 0 and var scheme))
        {
            return target;
        }

        var rest = target[(scheme + 3)..];
        return rest.IndexOfAny('/', '?') is >= 0 and var start ? rest[start..] : [];
    }

    /// <summary>The query of a target, without the question mark; empty where there is none.</summary>
    public static ReadOnlySpan<char> Query(ReadOnlySpan<char> target) => target.IndexOf('?') is >= 0 and var mark ? target[(mark + 1)..] : [];

    /// <summary>
    /// The path by which a request finds its route: percent-decoded, but for an encoded slash, and without dot segments (RFC 3986, 5.2.4).
    /// What is no UTF-8 stays encoded.
    /// </summary>
    /// <param name="target">The target as the client wrote it.</param>
    /// <param name="scratch">Where the path is written when it is not in the target as it is. One that is longer gets memory of its own.</param>
    public static ReadOnlySpan<char> Of(ReadOnlySpan<char> target, Span<char> scratch)
    {
        var path = PathAndQuery(target);
        var query = path.IndexOf('?');
        path = query < 0 ? path : path[..query];
        if (path.IsEmpty)
        {
            return "/";
        }

        // A dot segment follows a slash; most paths have nothing that looks like one.
        if (!path.Contains('%') && path.IndexOf("/.") < 0)
        {
            return path;
        }

        scratch = path.Length <= scratch.Length ? scratch : new char[path.Length];
        return scratch[..RemoveDotSegments(scratch[..Decode(path, scratch)])];
    }

    /// <summary>
    /// Whether a segment of the path is <c>..</c>, as any recipient might read it: percent-encoded, with parameters, between slashes
    /// that are encoded or written as backslashes.
    /// </summary>
    public static bool Climbs(ReadOnlySpan<char> target)
    {
        var query = target.IndexOf('?');
        var rest = query < 0 ? target : target[..query];

        // How many dots the segment has so far; more than two where it is no longer one of dots.
        var dots = 0;
        while (!rest.IsEmpty)
        {
            var letter = Next(ref rest);
            if (letter is '/' or '\\' or ';' && dots == 2)
            {
                return true;
            }

            dots = letter is '/' or '\\' ? 0 : letter == '.' ? dots + 1 : int.MaxValue / 2;
        }

        return dots == 2;
    }

    /// <summary>
    /// The one spelling among those of a path that mean the same (RFC 3986, 6.2.2): what needs no percent-encoding is decoded, what does is encoded, in UTF-8,
    /// and there are no dot segments. An encoded slash stays one.
    /// </summary>
    public static string Canonical(ReadOnlySpan<char> path)
    {
        var text = Encode(path).ToCharArray();
        return new string(text, 0, RemoveDotSegments(text));
    }

    /// <summary>The same for a part of a path.</summary>
    public static string Encode(ReadOnlySpan<char> part)
    {
        var text = new StringBuilder(part.Length);
        var octets = new byte[Encoding.UTF8.GetMaxByteCount(part.Length)];
        var length = Encoding.UTF8.GetBytes(part, octets);
        for (var at = 0; at < length; at++)
        {
            var octet = octets[at];
            var isEncoded = octet == '%' && at + 2 < length && char.IsAsciiHexDigit((char)octets[at + 1]) && char.IsAsciiHexDigit((char)octets[at + 2]);
            if (isEncoded)
            {
                octet = byte.Parse(octets.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                at += 2;
            }

            // What separates something may mean something else encoded, and stays as it is.
            if (char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~' || (!isEncoded && PathCharacters.Contains((char)octet)))
            {
                text.Append((char)octet);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
            }
        }

        return text.ToString();
    }

    // The next character of a path as the most lenient reader takes it.
    private static char Next(ref ReadOnlySpan<char> rest)
    {
        var letter = rest[0];
        if (letter == '%' && Octet(rest) is ('.' or '/' or '\\' or ';') and var decoded)
        {
            rest = rest[3..];
            return (char)decoded;
        }

        rest = rest[1..];
        return letter;
    }

    private static int Decode(ReadOnlySpan<char> path, Span<char> to)
    {
        Span<byte> octets = stackalloc byte[4];
        var length = 0;
        while (!path.IsEmpty)
        {
            var count = 0;
            while (count < octets.Length && Octet(path[(count * 3)..]) is > 0 and not '/' and var octet)
            {
                octets[count++] = (byte)octet;
            }

            if (count > 0 && Rune.DecodeFromUtf8(octets[..count], out var rune, out var used) == OperationStatus.Done)
            {
                length += rune.EncodeToUtf16(to[length..]);
                path = path[(used * 3)..];
            }
            else
            {
                to[length++] = path[0];
                path = path[1..];
            }
        }

        return length;
    }

    // The octet that a path begins with in percent-encoding; -1 where it does not.
    private static int Octet(ReadOnlySpan<char> path) =>
        path is ['%', var high, var low, ..] && char.IsAsciiHexDigit(high) && char.IsAsciiHexDigit(low)
            ? byte.Parse(path[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : -1;

    private static int RemoveDotSegments(Span<char> path)
    {
        var (from, length) = (0, 0);
        while (from < path.Length)
        {
            var next = path[(from + 1)..].IndexOf('/');
            var end = next < 0 ? path.Length : from + 1 + next;
            var segment = path[(from + 1)..end];
            if (segment is ".." or ".")
            {
                length = segment.Length == 1 ? length : Math.Max(0, path[..length].LastIndexOf('/'));

                // What ends with a dot segment ends with the slash before it.
                if (end == path.Length)
                {
                    path[length++] = '/';
                }
            }
            else
            {
                path[from..end].CopyTo(path[length..]);
                length += end - from;
            }

            from = end;
        }

        return length;
    }
}
