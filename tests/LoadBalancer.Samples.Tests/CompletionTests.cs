using System.Diagnostics;
using LoadBalancer.Testing;

namespace LoadBalancer.Samples.Tests;

/// <summary>The completion of what is typed, by the shell itself with the script that the program prints.</summary>
public sealed class CompletionTests : IDisposable
{
    // What readline does when Tab is pressed: it parts the line into words, and calls the function that is bound to the program.
    private const string PressTab = """
        eval "$(loadbalancer completion bash)"
        COMP_LINE="$1" COMP_POINT=${#1} COMP_WORDS=(loadbalancer)
        _loadbalancer
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-completion-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Bash_completes_options_and_the_destinations_of_a_proxy_that_runs()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "this is about bash");
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "loadbalancer"), Repository.Proxy);
        var admin = $"http://127.0.0.1:{FreePort.Next()}";
        await using var proxy = Terminal.Start(
            Repository.Proxy, ["--servers", "localhost:5001,localhost:5002", "--listen", "http://127.0.0.1:0", "--admin", admin], []);
        await proxy.WaitForAsync("server listening on");

        Assert.Equal(["--watch"], await CompleteAsync("loadbalancer status --wa"));
        Assert.Equal(["drain"], await CompleteAsync("loadbalancer dr"));
        Assert.Equal(["localhost:5001", "localhost:5002"], await CompleteAsync($"loadbalancer drain --admin {admin} loc"));

        // Where a colon parts words, only what is behind it is put in.
        Assert.Equal(["5001", "5002"], await CompleteAsync($"loadbalancer drain --admin {admin} localhost:50"));
    }

    // The program gives the proxy a second to answer, which is little on a busy machine: whoever gets nothing presses Tab again.
    private async Task<string[]> CompleteAsync(string line)
    {
        for (var left = 20; ; left--)
        {
            var found = await CompleteOnceAsync(line);
            if (found.Length > 0 || left == 0)
            {
                return found;
            }
        }
    }

    private async Task<string[]> CompleteOnceAsync(string line)
    {
        var start = new ProcessStartInfo("bash", ["-c", PressTab, "bash", line]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
        using var shell = Process.Start(start)!;
        var said = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }
}
