using System.Globalization;
using System.Text;

namespace LoadBalancer.Proxy.Http;

/// <summary>What stands in the fields that a proxy reads or writes itself.</summary>
internal static class FieldValues
{
    /// <summary>The name that this proxy goes by in <c>Via</c>.</summary>
    public const string Pseudonym = "LoadBalancer";

    /// <summary>How often our pseudonym may stand in the <c>Via</c> of a request: a chain of load balancers is fine, a circle is not.</summary>
    public const int MostPasses = 10;

    private const string Blanks = " \t";

    /// <summary>Whether a list (RFC 9110, 5.6.1) has this item; case does not count.</summary>
    public static bool HasItem(ReadOnlySpan<char> list, ReadOnlySpan<char> item)
    {
        foreach (var range in list.Split(','))
        {
            if (list[range].Trim(Blanks).Equals(item, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc cref="HasItem(ReadOnlySpan{char}, ReadOnlySpan{char})" />
    public static bool HasItem(ReadOnlySpan<char> list, ReadOnlySpan<byte> item)
    {
        foreach (var range in list.Split(','))
        {
            if (Ascii.EqualsIgnoreCase(item, list[range].Trim(Blanks)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether <c>TE</c> says that the sender takes trailers (RFC 9110, 10.1.4).</summary>
    public static bool TakesTrailers(ReadOnlySpan<char> te) => HasItem(te, "trailers");

    /// <summary>What to add to <c>Via</c> for a message received in this version, as ASP.NET Core names it: <c>HTTP/1.1</c> (RFC 9110, 7.6.3).</summary>
    public static string ViaEntry(string protocol) => protocol switch
    {
        "HTTP/1.1" => "1.1 " + Pseudonym,
        "HTTP/2" => "2.0 " + Pseudonym,
        "HTTP/3" => "3.0 " + Pseudonym,
        _ => "1.0 " + Pseudonym,
    };

    /// <summary>What to add to <c>Via</c> for a message received in this version.</summary>
    public static string ViaEntry(Version version) => ViaEntry(version switch
    {
        { Major: 1, Minor: 1 } => "HTTP/1.1",
        { Major: 2 } => "HTTP/2",
        { Major: 3 } => "HTTP/3",
        _ => "HTTP/1.0",
    });

    /// <summary>Whether a request with this <c>Via</c> has come by too often, and must be going in a circle.</summary>
    public static bool IsLoop(ReadOnlySpan<char> via)
    {
        var passes = 0;
        foreach (var range in via.Split(','))
        {
            if (via[range].TrimEnd(Blanks).EndsWith(" " + Pseudonym, StringComparison.Ordinal) && ++passes >= MostPasses)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether <c>Max-Forwards</c> of OPTIONS or TRACE says that this proxy is the last that may take the request, and must answer it (RFC 9110, 7.6.2).</summary>
    public static bool IsLastHop(ReadOnlySpan<char> maxForwards) => TryParse(maxForwards, out var left) && left == 0;

    /// <summary>The <c>Max-Forwards</c> to send on: one less. A value that is no number goes on as it came.</summary>
    public static string Decrement(string maxForwards) =>
        TryParse(maxForwards, out var left) && left > 0 ? (left - 1).ToString(CultureInfo.InvariantCulture) : maxForwards;

    /// <summary>Whether <c>Transfer-Encoding</c> says nothing but <c>chunked</c>, once: the only framing of its kind that is passed on (RFC 9112, 6.1).</summary>
    public static bool IsChunked(ReadOnlySpan<char> transferEncoding) => transferEncoding.Trim(Blanks).Equals("chunked", StringComparison.OrdinalIgnoreCase);

    /// <summary>What a request with this <c>Transfer-Encoding</c> is refused with; null when it is not.</summary>
    /// <param name="transferEncoding">All lines of the field, joined with commas.</param>
    public static Refusal? CheckFraming(ReadOnlySpan<char> transferEncoding)
    {
        if (IsChunked(transferEncoding))
        {
            return null;
        }

        // Chunked framing may be wrapped around other codings, once, and must be the outermost. We know none of the others.
        var last = transferEncoding.LastIndexOf(',');
        return last < 0 || !IsChunked(transferEncoding[(last + 1)..]) || HasItem(transferEncoding[..last], "chunked") ? Refusal.Malformed : Refusal.UnknownCoding;
    }

    private static bool TryParse(ReadOnlySpan<char> value, out long left) => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out left);
}
