using System.Globalization;

namespace LoadBalancer.Proxy.Http;

/// <summary>How the content of an answer is compressed (RFC 9110, 8.4.1).</summary>
public enum ContentCoding
{
    /// <summary>Brotli (RFC 7932).</summary>
    Br,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip,
}

/// <summary>What clients say of codings.</summary>
internal static class ContentCodings
{
    /// <summary>The name of a coding as the field <c>Content-Encoding</c> has it.</summary>
    public static string Name(this ContentCoding coding) => coding switch
    {
        ContentCoding.Br => "br",
        ContentCoding.Gzip => "gzip",
        _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, null),
    };

    /// <summary>The coding that a client likes best, by its <c>Accept-Encoding</c> (RFC 9110, 12.5.3).</summary>
    /// <param name="accepted">The value of the field, the lines joined with commas.</param>
    /// <param name="offered">The codings that there are. Of those that the client likes alike, the first is taken.</param>
    /// <returns>Null where the client takes none of them, or likes the content better as it is.</returns>
    public static ContentCoding? Choose(ReadOnlySpan<char> accepted, IReadOnlyList<ContentCoding> offered)
    {
        var (chosen, best) = ((ContentCoding?)null, WeightOf(accepted, "identity", otherwise: false) ?? 0);
        foreach (var coding in offered)
        {
            // As much as the content as it is: smaller is better.
            if (WeightOf(accepted, coding.Name(), otherwise: true) is { } weight && weight > 0 && (chosen is null ? weight >= best : weight > best))
            {
                (chosen, best) = (coding, weight);
            }
        }

        return chosen;
    }

    private static double? WeightOf(ReadOnlySpan<char> accepted, ReadOnlySpan<char> name, bool otherwise)
    {
        double? any = null;
        foreach (var range in accepted.Split(','))
        {
            var item = accepted[range];
            var semicolon = item.IndexOf(';');
            var coding = (semicolon < 0 ? item : item[..semicolon]).Trim(" \t");
            var weight = semicolon < 0 ? 1 : QualityOf(item[(semicolon + 1)..]);
            if (coding.Equals(name, StringComparison.OrdinalIgnoreCase) || (name is "gzip" && coding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase)))
            {
                return weight;
            }

            any = otherwise && coding is "*" ? weight : any;
        }

        return any;
    }

    // What is no weight is none that could be kept to.
    private static double QualityOf(ReadOnlySpan<char> parameter)
    {
        parameter = parameter.Trim(" \t");
        return parameter.StartsWith("q=", StringComparison.OrdinalIgnoreCase)
            && double.TryParse(parameter[2..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight) && weight is >= 0 and <= 1 ? weight : 0;
    }
}
