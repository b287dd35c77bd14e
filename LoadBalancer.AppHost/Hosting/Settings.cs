using System.Globalization;
using LoadBalancer.Proxy.Configuration;
using Microsoft.Extensions.Configuration;

/// <summary>Reads settings, and says of a wrong one which it is and what it may be.</summary>
internal static class Settings
{
    /// <summary>The setting of Aspire that opens the dashboard to everybody on this machine.</summary>
    public const string AnonymousDashboard = "ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS";

    private const int LastPort = 65_535;

    private static readonly string[] Names = ["Replicas", "Ports:Proxy", "Ports:Admin", "Ports:Dashboard", "Dashboard:Enabled"];

    extension(IConfiguration settings)
    {
        public bool HasDashboard => settings.Flag("Dashboard:Enabled", fallback: true);

        /// <summary>The dashboard's port: its own setting, else that of the addresses which ASP.NET programs are given, else the usual one.</summary>
        public int DashboardPort => settings["Ports:Dashboard"] is null && Uri.TryCreate(settings["ASPNETCORE_URLS"]?.Split(';')[0], UriKind.Absolute, out var url)
            ? url.Port
            : settings.Port("Ports:Dashboard", 18888);
    }

    /// <summary>Refuses an option that is one of ours but for a slip. Others may be Aspire's, which says nothing of what it does not know.</summary>
    /// <exception cref="DistributedApplicationException">There is such a one.</exception>
    public static void CheckNames(IEnumerable<string> args)
    {
        foreach (var typed in args.Where(arg => arg.StartsWith("--", StringComparison.Ordinal)).Select(arg => arg[2..].Split('=')[0]))
        {
            var nearest = Names.MinBy(name => NearestName.Distance(typed, name))!;
            if (NearestName.Distance(typed, nearest) is 1 or 2)
            {
                throw new DistributedApplicationException($"There is no setting {typed}: did you mean --{nearest}?");
            }
        }
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
