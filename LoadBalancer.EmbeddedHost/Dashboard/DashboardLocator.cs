using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.EmbeddedHost.Dashboard;

/// <summary>Where the dashboard program is on this machine.</summary>
internal sealed class DashboardLocator(IConfiguration configuration, string appHostDirectory)
{
    private static readonly string Program = OperatingSystem.IsWindows() ? "aspire-managed.exe" : "aspire-managed";
    private static readonly string Cli = OperatingSystem.IsWindows() ? "aspire.exe" : "aspire";

    /// <summary>The platform in the names of the npm packages.</summary>
    public static string Platform { get; } = RuntimeInformation.RuntimeIdentifier;

    /// <summary>The folder of the pinned npm package.</summary>
    public string PackageFolder => Path.Combine(appHostDirectory, "node_modules", "@microsoft", $"aspire-cli-{Platform}");

    /// <summary>The CLI of the pinned npm package, which unpacks the dashboard.</summary>
    public string PackageCli => Path.Combine(PackageFolder, "bin", Cli);

    /// <summary>Whether a package for this platform is pinned.</summary>
    public bool IsPinned
    {
        get
        {
            var lockFile = Path.Combine(appHostDirectory, "package-lock.json");
            return File.Exists(lockFile) && File.ReadAllText(lockFile).Contains($"@microsoft/aspire-cli-{Platform}\"", StringComparison.Ordinal);
        }
    }

    /// <summary>The dashboard: as configured, from an installed Aspire CLI, or from the npm package; null when it is nowhere.</summary>
    /// <exception cref="Aspire.Hosting.DistributedApplicationException">The configured path leads nowhere.</exception>
    public string? Find()
    {
        if (configuration["Dashboard:Path"] is { Length: > 0 } configured)
        {
            return Candidates(configured).FirstOrDefault(File.Exists)
                ?? throw new Aspire.Hosting.DistributedApplicationException($"Dashboard:Path is {configured}, where there is no {Program}");
        }

        var installed = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aspire");
        return new[] { installed, PackageFolder }.SelectMany(Candidates).FirstOrDefault(File.Exists);
    }

    private static IEnumerable<string> Candidates(string place) =>
    [
        place,
        Path.Combine(place, Program),
        Path.Combine(place, "managed", Program),
        Path.Combine(place, "bundle", "managed", Program),
    ];
}
