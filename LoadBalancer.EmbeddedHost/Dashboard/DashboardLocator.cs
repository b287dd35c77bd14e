using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.EmbeddedHost.Dashboard;

/// <summary>Where the dashboard program is on this machine.</summary>
/// <param name="configuration">May say where.</param>
/// <param name="appHostDirectory">The folder whose lock file pins the npm package.</param>
/// <param name="home">The folder of the user, where an Aspire CLI keeps what it has unpacked.</param>
internal sealed class DashboardLocator(IConfiguration configuration, string appHostDirectory, string home)
{
    private static readonly string Program = OperatingSystem.IsWindows() ? "aspire-managed.exe" : "aspire-managed";
    private static readonly string Cli = OperatingSystem.IsWindows() ? "aspire.exe" : "aspire";

    /// <summary>The platform in the names of the npm packages.</summary>
    public static string Platform { get; } =
        OperatingSystem.IsLinux() ? LinuxPlatform(RuntimeInformation.RuntimeIdentifier) : RuntimeInformation.RuntimeIdentifier;

    /// <summary>The folder of the AppHost.</summary>
    public string AppHostDirectory => appHostDirectory;

    /// <summary>The folder of the pinned npm package.</summary>
    public string PackageFolder => Path.Combine(appHostDirectory, "node_modules", "@microsoft", $"aspire-cli-{Platform}");

    /// <summary>The CLI of the pinned npm package, which unpacks the dashboard.</summary>
    public string PackageCli => Path.Combine(PackageFolder, "bin", Cli);

    /// <summary>Whether a package for this platform is pinned.</summary>
    public bool IsPinned => File.Exists(LockFile) && File.ReadAllText(LockFile).Contains($"@microsoft/aspire-cli-{Platform}\"", StringComparison.Ordinal);

    /// <summary>Whether npm has put the pinned package there and got to the end of it: a package that was broken off looks like a whole one.</summary>
    public bool IsInstalled => File.Exists(PackageCli) && File.Exists(Stamp) && File.ReadAllText(Stamp) == File.ReadAllText(LockFile);

    private string LockFile => Path.Combine(appHostDirectory, "package-lock.json");

    // A copy of the lock file, so that another version in that is a package to install.
    private string Stamp => Path.Combine(appHostDirectory, "node_modules", ".installed-from-package-lock.json");

    /// <summary>The dashboard: as configured, from an installed Aspire CLI, or from the npm package; null when it is nowhere.</summary>
    /// <exception cref="Aspire.Hosting.DistributedApplicationException">The configured path leads nowhere.</exception>
    public string? Find()
    {
        if (configuration["Dashboard:Path"] is { Length: > 0 } configured)
        {
            return Candidates(configured).FirstOrDefault(File.Exists)
                ?? throw new Aspire.Hosting.DistributedApplicationException($"Dashboard:Path is {configured}, where there is no {Program}");
        }

        var installed = Path.Combine(home, ".aspire");
        return new[] { installed, PackageFolder }.SelectMany(Candidates).FirstOrDefault(File.Exists);
    }

    /// <summary>Keeps that the package is there as the lock file pins it.</summary>
    public void Remember() => File.Copy(LockFile, Stamp, overwrite: true);

    /// <summary>Takes the package for one that is not there.</summary>
    public void Forget()
    {
        if (File.Exists(Stamp))
        {
            File.Delete(Stamp);
        }
    }

    /// <summary>The platform of a runtime on Linux. One that a distribution has built names itself after that: <c>ubuntu.24.04-x64</c>.</summary>
    internal static string LinuxPlatform(string runtimeIdentifier)
    {
        var isMusl = runtimeIdentifier.StartsWith("alpine", StringComparison.Ordinal) || runtimeIdentifier.Contains("-musl-", StringComparison.Ordinal);
        var architecture = runtimeIdentifier[(runtimeIdentifier.LastIndexOf('-') + 1)..];
        return isMusl ? $"linux-musl-{architecture}" : $"linux-{architecture}";
    }

    private static IEnumerable<string> Candidates(string place) =>
    [
        place,
        Path.Combine(place, Program),
        Path.Combine(place, "managed", Program),
        Path.Combine(place, "bundle", "managed", Program),
    ];
}
