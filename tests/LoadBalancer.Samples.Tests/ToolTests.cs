namespace LoadBalancer.Samples.Tests;

/// <summary>The load balancer as a .NET tool: packed, installed and run as the documentation says.</summary>
public sealed class ToolTests : IDisposable
{
    // Packing takes longer than most things that a terminal is waited for.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-tool-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task It_is_packed_installed_and_run()
    {
        var (packages, tools, configuration) = (PathOf("packages"), PathOf("tools"), PathOf("nuget.config"));
        Directory.CreateDirectory(packages);
        await File.WriteAllTextAsync(configuration, $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="packed" value="{packages}" />
              </packageSources>
            </configuration>
            """, TestContext.Current.CancellationToken);
        await RunAsync([], "dotnet", "pack", Repository.PathOf("LoadBalancer.Proxy"), "--no-build", "--configuration", Repository.Configuration, "--output", packages);


        // A package of this name that was installed before is none of this test's.
        await RunAsync([KeyValuePair.Create("NUGET_PACKAGES", PathOf("cache"))], "dotnet", "tool", "install", "LoadBalancer.Proxy", "--tool-path", tools, "--configfile", configuration, "--no-cache");
        var said = await RunAsync([], Path.Combine(tools, OperatingSystem.IsWindows() ? "loadbalancer.exe" : "loadbalancer"), "--help");

        Assert.Contains("--servers", said, StringComparison.Ordinal);
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private async Task<string> RunAsync(KeyValuePair<string, string>[] environment, string program, params string[] arguments)
    {
        await using var terminal = Terminal.Start(program, arguments, environment, Patience, _folder.FullName);
        Assert.True(await terminal.WaitForExitAsync() == 0, terminal.Transcript);
        return terminal.Transcript;
    }
}
