using System.Globalization;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>The program has the system watch no file or folder, wherever it is started: it looks at its files by the clock.</summary>
public sealed class FileWatchTests(ITestOutputHelper output) : IDisposable
{
    private const int Subfolders = 4_000;

    private static readonly string[] OwnPorts = ["--listen", "http://127.0.0.1:0", "--admin", "http://127.0.0.1:0"];

    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--servers", "127.0.0.1:1")]
    [InlineData("--config", "lb.json")]
    public async Task None_is_watched_while_it_runs(string option, string value)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Watches are counted where Linux tells of them.");
        _folder.Write("appsettings.json", "{}");
        _folder.Write("lb.json", """{ "Clusters": { "web": {} } }""");
        await using var process = ProxyProcess.Start(_folder, [.. OwnPorts, option, value]);
        await process.WaitForAddressAsync();

        Assert.DoesNotContain(process.Descriptors, descriptor => descriptor.Contains("inotify", StringComparison.Ordinal));
    }

    [Fact]
    public async Task None_is_watched_in_a_folder_with_very_many_folders()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Watches are counted where Linux tells of them.");
        await (await TellStartAsync("an empty folder")).DisposeAsync();
        for (var i = 0; i < Subfolders; i++)
        {
            Directory.CreateDirectory(Path.Combine(_folder.Path, (i / 100).ToString(CultureInfo.InvariantCulture), i.ToString(CultureInfo.InvariantCulture)));
        }

        await using var process = await TellStartAsync($"a folder with {Subfolders} below it");

        Assert.DoesNotContain(process.Descriptors, descriptor => descriptor.Contains("inotify", StringComparison.Ordinal));
    }

    // How long it takes is told and not asserted: the machine may have other work.
    private async Task<ProxyProcess> TellStartAsync(string where)
    {
        var started = TimeProvider.System.GetTimestamp();
        var process = ProxyProcess.Start(_folder, [.. OwnPorts, "--servers", "127.0.0.1:1"]);
        await process.WaitForAddressAsync();
        output.WriteLine($"in {where} it listened after {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:0} ms and {process.ProcessorTime.TotalMilliseconds:0} ms of processor time");
        return process;
    }
}
