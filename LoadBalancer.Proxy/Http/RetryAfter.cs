using System.Globalization;

namespace LoadBalancer.Proxy.Http;

/// <summary>The field <c>Retry-After</c> (RFC 9110, 10.2.3): how long a destination wants to get no requests.</summary>
internal static class RetryAfter
{
    private const int TooManyRequests = 429;
    private const int ServiceUnavailable = 503;

    // RFC 9110, 5.6.7: the form of today, and the two that recipients still have to take.
    private static readonly string[] Dates = ["ddd, dd MMM yyyy HH:mm:ss 'GMT'", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy"];

    /// <summary>Whether an answer of this status says by the field that its destination has too much to do. A redirection says something else by it.</summary>
    public static bool IsMeantBy(int status) => status is TooManyRequests or ServiceUnavailable;

    /// <summary>Reads seconds or a date.</summary>
    /// <param name="value">The value of the field.</param>
    /// <param name="now">The time of day.</param>
    /// <returns>Ticks of 100 ns from now; 0 when there is nothing to wait for, or the value is neither.</returns>
    public static long Parse(ReadOnlySpan<char> value, DateTimeOffset now)
    {
        value = value.Trim(" \t");
        if (value.IsEmpty)
        {
            return 0;
        }

        if (!value.ContainsAnyExceptInRange('0', '9'))
        {
            // More digits than that, and it is for ever.
            return uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds * TimeSpan.TicksPerSecond : long.MaxValue;
        }

        const DateTimeStyles style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowInnerWhite;
        return DateTimeOffset.TryParseExact(value, Dates, CultureInfo.InvariantCulture, style, out var date) ? Math.Max(0, (date - now).Ticks) : 0;
    }
}
