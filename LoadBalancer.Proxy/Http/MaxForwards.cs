using System.Globalization;

namespace LoadBalancer.Proxy.Http;

/// <summary>The <c>Max-Forwards</c> field of OPTIONS and TRACE requests (RFC 9110, 7.6.2).</summary>
internal static class MaxForwards
{
    /// <summary>The field's name.</summary>
    public const string Header = "Max-Forwards";

    /// <summary>Whether this proxy is the last that may take the request, and must answer it.</summary>
    public static bool IsExhausted(string value) => TryParse(value, out var left) && left == 0;

    /// <summary>The value to send on: one less. A value that is no number goes on as it came.</summary>
    public static string Decrement(string value) =>
        TryParse(value, out var left) && left > 0 ? (left - 1).ToString(CultureInfo.InvariantCulture) : value;

    private static bool TryParse(string value, out long left) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out left);
}
