using System.Globalization;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>A set of HTTP status codes, written as codes and ranges: <c>200-299,304</c>.</summary>
internal sealed record StatusRanges
{
    /// <summary>Every 2xx and 3xx status.</summary>
    public static readonly StatusRanges SuccessOrRedirect = new("200-399", [(200, 399)]);

    private readonly string _text;
    private readonly (int From, int To)[] _ranges;

    private StatusRanges(string text, (int From, int To)[] ranges)
    {
        _text = text;
        _ranges = ranges;
    }

    /// <summary>Whether the set has this status code.</summary>
    public bool Contains(int status) => Array.Exists(_ranges, range => status >= range.From && status <= range.To);

    /// <summary>Whether the set has no status code but these.</summary>
    public bool IsWithin(int from, int to) => Array.TrueForAll(_ranges, range => range.From >= from && range.To <= to);

    /// <summary>Reads codes and ranges parted by commas, each from 100 to 599.</summary>
    /// <returns>The set, or null when the text is not one.</returns>
    public static StatusRanges? TryParse(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var ranges = new (int From, int To)[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var ends = parts[i].Split('-', StringSplitOptions.TrimEntries);
            if (ends.Length > 2 || !TryParseCode(ends[0], out var from) || !TryParseCode(ends[^1], out var to) || from > to)
            {
                return null;
            }

            ranges[i] = (from, to);
        }

        return new StatusRanges(text, ranges);
    }

    /// <inheritdoc />
    public bool Equals(StatusRanges? other) => other is not null && _ranges.AsSpan().SequenceEqual(other._ranges);

    /// <inheritdoc />
    public override int GetHashCode() => _ranges.Length == 0 ? 0 : _ranges[0].GetHashCode();

    /// <summary>The text that the set was read from.</summary>
    public override string ToString() => _text;

    private static bool TryParseCode(string text, out int code) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out code) && code is >= 100 and <= 599;
}
