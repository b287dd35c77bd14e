using System.Globalization;
using Microsoft.Extensions.Configuration;

/// <summary>Reads settings, and says of a wrong one which it is and what it may be.</summary>
internal static class SettingsExtensions
{
    private const int LastPort = 65_535;

    /// <summary>The number of a port.</summary>
    public static int Port(this IConfiguration settings, string key, int fallback) => settings.WholeNumber(key, fallback, 1, LastPort);

    /// <summary>A whole number within limits.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="key">Which one.</param>
    /// <param name="fallback">Where it is not set.</param>
    /// <param name="lowest">The lowest that is allowed.</param>
    /// <param name="highest">The highest that is allowed.</param>
    /// <exception cref="DistributedApplicationException">It is something else.</exception>
    public static int WholeNumber(this IConfiguration settings, string key, int fallback, int lowest, int highest)
    {
        if (settings[key] is not { } text)
        {
            return fallback;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest
            ? number
            : throw new DistributedApplicationException(
                $"The setting {key} is '{text}': it must be a whole number from {lowest} to {highest}, for example --{key}={fallback}");
    }
}
