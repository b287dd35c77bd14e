using System.Globalization;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>One of the <c>--servers</c> as it was typed: an address, and perhaps <c>;weight=3</c>.</summary>
/// <param name="Address">What stands before the semicolon.</param>
/// <param name="Weight">The weight, or null when none was typed.</param>
/// <param name="Error">What is wrong with what stands behind the semicolon, or null.</param>
internal readonly record struct TypedServer(string Address, int? Weight, string? Error)
{
    private const string WeightIs = "weight=";

    /// <summary>The address with its scheme.</summary>
    public string Url => Address.Contains("://", StringComparison.Ordinal) ? Address : $"http://{Address}";

    /// <summary>The name of its destination. It stands in logs and metrics, where the operator looks for what was typed.</summary>
    public string Name
    {
        get
        {
            var scheme = Address.IndexOf("://", StringComparison.Ordinal);
            return (scheme < 0 ? Address : Address[(scheme + 3)..]).TrimEnd('/');
        }
    }

    /// <summary>What two ways to write one server have in common.</summary>
    public string Key => DestinationAddress.Parse(Url).Address is { } address ? DestinationAddress.KeyOf(address) : Address;

    /// <summary>Reads what was typed.</summary>
    public static TypedServer Parse(string text)
    {
        var parts = text.Split(';', StringSplitOptions.TrimEntries);
        return parts is [var address] ? new TypedServer(address, null, null)
            : parts.Length > 2 || !parts[1].StartsWith(WeightIs, StringComparison.OrdinalIgnoreCase) ? new TypedServer(parts[0], null, "has more behind its address than a weight: write host:port;weight=3")
            : int.TryParse(parts[1].AsSpan(WeightIs.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var weight) && weight <= DestinationOptions.MostWeight ? new TypedServer(parts[0], weight, null)
            : new TypedServer(parts[0], null, $"has no valid weight: it must be a whole number from 0 to {DestinationOptions.MostWeight}");
    }
}
