using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Reads the host's own settings, and says of a wrong one which it is and what it may be.</summary>
internal static class HostSettings
{
    /// <summary>The number of a port, or null where it is not set.</summary>
    /// <exception cref="DistributedApplicationException">It is something else.</exception>
    public static int? Port(this IConfiguration configuration, string key) => configuration[key] switch
    {
        null => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue => port,
        var text => throw new DistributedApplicationException($"The setting {key} is '{text}': it must be a whole number from 1 to {ushort.MaxValue}"),
    };

    /// <summary>Yes or no, in the words that Aspire takes for it.</summary>
    /// <exception cref="DistributedApplicationException">It is something else.</exception>
    public static bool Switch(this IConfiguration configuration, string key, bool fallback) => configuration[key]?.ToUpperInvariant() switch
    {
        null or "" => fallback,
        "TRUE" or "1" => true,
        "FALSE" or "0" => false,
        _ => throw new DistributedApplicationException($"The setting {key} is '{configuration[key]}': it must be true or false"),
    };
}
