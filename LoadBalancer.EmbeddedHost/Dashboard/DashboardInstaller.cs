using System.Collections.Concurrent;
using System.ComponentModel;
using LoadBalancer.EmbeddedHost.Launching;
using LoadBalancer.EmbeddedHost.Running;

namespace LoadBalancer.EmbeddedHost.Dashboard;

/// <summary>Installs the dashboard once, from the npm package that the lock file pins.</summary>
/// <param name="locator">Knows where it belongs.</param>
/// <param name="say">Tells the user what happens.</param>
/// <param name="searchPath">The folders where npm is looked for, as in the variable PATH.</param>
internal sealed class DashboardInstaller(DashboardLocator locator, Action<string> say, string? searchPath)
{
    private const string OtherWay = "the Aspire CLI (https://aspire.dev) brings it too, and Dashboard:Path may say where it is";

    /// <summary>Installs the dashboard unless it is there.</summary>
    /// <returns>The program, or null when it cannot be had; why has been said then.</returns>
    public async Task<string?> InstallAsync(CancellationToken cancellationToken)
    {
        if (!locator.IsPinned)
        {
            say($"no dashboard: the npm package that installs it is pinned for linux-x64 only, and this system is {DashboardLocator.Platform}; {OtherWay}");
            return null;
        }

        // A package that npm was done with may have been damaged since; then it is installed again.
        var unpacked = locator.IsInstalled && await UnpackAsync(cancellationToken) is null;
        var error = unpacked ? null : await InstallPackageAsync(cancellationToken);
        var program = error is null ? locator.Find() : null;
        if (program is null)
        {
            say($"no dashboard: {error ?? "the package does not contain it"}; {OtherWay}");
        }
        return program;
    }

    private async Task<string?> InstallPackageAsync(CancellationToken cancellationToken)
    {
        // Windows finds npm only through its shell script.
        var npm = OnPath(OperatingSystem.IsWindows() ? "npm.cmd" : "npm");
        if (npm is null)
        {
            return "npm, which installs it, is not on the PATH: install Node.js (https://nodejs.org), which brings npm";
        }

        say("installing the dashboard with npm, once: some 130 MB to download, up to 850 MB on disk");
        locator.Forget();
        var npmError = await RunAsync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], cancellationToken);
        if (npmError is not null)
        {
            return $"npm failed ({npmError})";
        }
        locator.Remember();
        return await UnpackAsync(cancellationToken);
    }

    private async Task<string?> UnpackAsync(CancellationToken cancellationToken) =>
        await RunAsync(locator.PackageCli, ["setup", "--non-interactive", "--nologo"], cancellationToken) is { } error
            ? $"unpacking it failed ({error})"
            : null;

    // Null, or why it failed.
    private async Task<string?> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var isScript = program.EndsWith(".cmd", StringComparison.OrdinalIgnoreCase);
        var lines = new ConcurrentQueue<string>();
        try
        {
            var environment = ProjectEnvironment.WithSurroundings(new Dictionary<string, string>
            {
                ["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "true",
                ["NO_COLOR"] = "1",
            });
            using var child = await ChildProcess.StartAsync(
                isScript ? "cmd.exe" : program,
                isScript ? ["/c", program, .. arguments] : arguments,
                locator.AppHostDirectory,
                environment,
                (line, _) => lines.Enqueue(line));
            await using var registration = cancellationToken.Register(child.Kill);
            var exitCode = await child.Exited;
            cancellationToken.ThrowIfCancellationRequested();
            return exitCode == 0 ? null : Reason(exitCode, [.. lines.Where(line => line.Length > 0)]);
        }
        catch (Win32Exception exception)
        {
            return exception.Message;
        }
    }

    // npm puts the kind of error first and the place of its log last; a program that is damaged says nothing at all.
    private static string Reason(int exitCode, string[] lines) => lines switch
    {
        [] => $"exit code {exitCode}",
        [var only] => $"exit code {exitCode}: {only}",
        [var first, .., var last] => $"exit code {exitCode}: {first} ... {last}",
    };

    private string? OnPath(string program) => (searchPath ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);
}
