using System.ComponentModel;
using LoadBalancer.EmbeddedHost.Launching;
using LoadBalancer.EmbeddedHost.Running;

namespace LoadBalancer.EmbeddedHost.Dashboard;

/// <summary>Installs the dashboard once, from the npm package that the lock file pins.</summary>
internal sealed class DashboardInstaller(DashboardLocator locator, string appHostDirectory, Action<string> say)
{
    private const string OtherWay = "install the Aspire CLI (https://aspire.dev) or set Dashboard:Path";

    /// <summary>Installs the dashboard unless it is there.</summary>
    /// <returns>The program, or null when it cannot be had; why has been said then.</returns>
    public async Task<string?> InstallAsync(CancellationToken cancellationToken)
    {
        if (!locator.IsPinned)
        {
            say($"no dashboard: there is no package for {DashboardLocator.Platform} here; {OtherWay}");
            return null;
        }

        if (!File.Exists(locator.PackageCli))
        {
            say("installing the dashboard with npm, once; some 130 MB");
            if (await RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], cancellationToken) is { } npmError)
            {
                say($"no dashboard: npm failed ({npmError}); {OtherWay}");
                return null;
            }
        }

        if (await RunAsync(locator.PackageCli, ["setup", "--non-interactive", "--nologo"], cancellationToken) is { } setupError)
        {
            say($"no dashboard: unpacking failed ({setupError}); {OtherWay}");
            return null;
        }

        var program = locator.Find();
        if (program is null)
        {
            say($"no dashboard: the package does not contain it; {OtherWay}");
        }
        return program;
    }

    private async Task<string?> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        // Windows finds npm only through its shell script.
        var isScript = OperatingSystem.IsWindows() && program == "npm";
        var path = isScript ? "cmd.exe" : Path.IsPathRooted(program) ? program : OnPath(program);
        if (path is null)
        {
            return $"{program} is not installed";
        }

        var last = "";
        try
        {
            var environment = ProjectEnvironment.WithSurroundings(new Dictionary<string, string> { ["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "true" });
            using var child = await ChildProcess.StartAsync(
                path,
                isScript ? ["/c", program, .. arguments] : arguments,
                appHostDirectory,
                environment,
                (line, _) => last = line.Length > 0 ? line : last);
            await using var registration = cancellationToken.Register(child.Kill);
            var exitCode = await child.Exited;
            cancellationToken.ThrowIfCancellationRequested();
            return exitCode == 0 ? null : last;
        }
        catch (Win32Exception exception)
        {
            return exception.Message;
        }
    }

    private static string? OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);
}
