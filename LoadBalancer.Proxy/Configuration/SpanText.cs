using System.Globalization;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Spans of time as the operator writes them: <c>500ms</c>, <c>10s</c>, <c>2m</c>, <c>1h</c>, <c>7d</c> or <c>hh:mm:ss</c>.</summary>
internal static class SpanText
{
    /// <summary>The forms that <see cref="TryParse"/> takes, for messages.</summary>
    public const string Forms = "500ms, 10s, 2m, 1h, 7d or hh:mm:ss";

    private static readonly (string Suffix, double Milliseconds)[] Units =
    [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ];

    /// <summary>Writes a span in the longest unit that makes it a whole number.</summary>
    public static string Format(TimeSpan span)
    {
        if (span == TimeSpan.Zero)
        {
            return "0s";
        }

        var (suffix, milliseconds) = Array.FindLast(Units, unit => span.TotalMilliseconds % unit.Milliseconds == 0);
        return suffix is null ? span.ToString() : (span.TotalMilliseconds / milliseconds).ToString(CultureInfo.InvariantCulture) + suffix;
    }

    /// <summary>Reads a span that is not negative. A bare number is refused: whether it meant seconds or days would be a guess.</summary>
    public static bool TryParse(string text, out TimeSpan span)
    {
        span = default;
        text = text.Trim();
        foreach (var (suffix, milliseconds) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
                && count * milliseconds <= TimeSpan.MaxValue.TotalMilliseconds / 2)
            {
                span = TimeSpan.FromMilliseconds(count * milliseconds);
                return true;
            }
        }

        return text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out span) && span >= TimeSpan.Zero;
    }
}
