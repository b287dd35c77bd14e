using System.Diagnostics;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>The client of that name, as users have it.</summary>
internal static class Curl
{
    /// <summary>Asks for something.</summary>
    /// <returns>What it wrote, with the version and the status behind it: <c>ok 2 200</c>. Where it failed, its exit code and what it said.</returns>
    public static async Task<string> AskAsync(params string[] arguments)
    {
        using var curl = Process.Start(new ProcessStartInfo("curl", ["--silent", "--show-error", "--noproxy", "*", "--max-time", "15", "--write-out", " %{http_version} %{http_code}", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (curl.StandardOutput.ReadToEndAsync(), curl.StandardError.ReadToEndAsync());
        await curl.WaitForExitAsync().InTime();
        return curl.ExitCode == 0 ? await output : $"exit {curl.ExitCode}: {await error}";
    }
}
