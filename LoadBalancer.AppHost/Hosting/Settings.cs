using System.Globalization;
using Microsoft.Extensions.Configuration;

/// <summary>Reads settings, and says of a wrong one which it is and what it may be.</summary>
internal static class Settings
{
    /// <summary>The setting of Aspire that opens the dashboard to everybody on this machine.</summary>
    public const string AnonymousDashboard = "ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS";

    private const int LastPort = 65_535;

    extension(IConfiguration settings)
    {
        public bool HasDashboard => settings.Flag("Dashboard:Enabled", fallback: true);

        /// <summary>The dashboard's port: its own setting, else that of the addresses which ASP.NET programs are given, else the usual one.</summary>
        public int DashboardPort => settings["Ports:Dashboard"] is null && Uri.TryCreate(settings["ASPNETCORE_URLS"]?.Split(';')[0], UriKind.Absolute, out var url)
            ? url.Port
            : settings.Port("Ports:Dashboard", 18888);
    }

    public static int Port(this IConfiguration settings, string key, int fallback) => settings.WholeNumber(key, fallback, 1, LastPort);

    /// <exception cref="DistributedApplicationException">It is set to anything but a whole number within the limits.</exception>
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

    /// <exception cref="DistributedApplicationException">It is set to anything but true or false.</exception>
    public static bool Flag(this IConfiguration settings, string key, bool fallback)
    {
        if (settings[key] is not { } text)
        {
            return fallback;
        }

        return bool.TryParse(text, out var flag)
            ? flag
            : throw new DistributedApplicationException($"The setting {key} is '{text}': it must be true or false, for example --{key}={(fallback ? "true" : "false")}");
    }
}
