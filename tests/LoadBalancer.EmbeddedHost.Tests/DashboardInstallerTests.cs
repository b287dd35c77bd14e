using LoadBalancer.EmbeddedHost.Dashboard;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>The first run, on which the dashboard is installed, and all that may come between; with an npm made of a few lines of shell.</summary>
public sealed class DashboardInstallerTests : IDisposable
{
    private const string GoodCli = "mkdir -p \"${0%/bin/aspire}/managed\"; : > \"${0%/bin/aspire}/managed/aspire-managed\"";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly List<string> _said = [];
    private readonly DashboardLocator _locator;

    public DashboardInstallerTests()
    {
        _locator = new DashboardLocator(new ConfigurationBuilder().Build(), _folder.FullName, home: _folder.FullName);
        Pin("13.5.4");
    }

    public static bool OnLinux => OperatingSystem.IsLinux();

    private string NpmRuns => File.ReadAllText(Path.Combine(_folder.FullName, "npm-runs"));

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact(Skip = "The npm of this test is a shell script", SkipUnless = nameof(OnLinux))]
    public async Task The_first_run_installs_the_dashboard_and_says_what_it_costs()
    {
        NpmBrings(GoodCli);

        Assert.True(File.Exists(await InstallAsync()));
        Assert.Contains("130 MB", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact(Skip = "The npm of this test is a shell script", SkipUnless = nameof(OnLinux))]
    public async Task An_install_that_was_broken_off_is_begun_anew()
    {
        using var interrupt = new CancellationTokenSource();
        NpmBrings("exit 139", then: "exec sleep 60");
        var first = InstallAsync(interrupt.Token);
        await Eventually.TrueAsync(() => File.Exists(_locator.PackageCli), "a half package");
        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        NpmBrings(GoodCli);

        Assert.True(File.Exists(await InstallAsync()));
    }

    [Fact(Skip = "The npm of this test is a shell script", SkipUnless = nameof(OnLinux))]
    public async Task A_package_that_is_there_is_unpacked_without_npm()
    {
        NpmBrings(GoodCli);
        var program = await InstallAsync();
        File.Delete(program!);

        Assert.Equal(program, await InstallAsync());
        Assert.Equal("run\n", NpmRuns);
    }

    [Theory(Skip = "The npm of this test is a shell script", SkipUnless = nameof(OnLinux))]
    [InlineData("damaged")]
    [InlineData("outdated")]
    public async Task A_package_that_is_no_longer_the_pinned_one_is_installed_again(string how)
    {
        NpmBrings(GoodCli);
        var program = await InstallAsync();
        File.Delete(program!);
        if (how == "damaged")
        {
            WriteScript(_locator.PackageCli, "exit 139");
        }
        else
        {
            Pin("13.6.0");
        }

        Assert.Equal(program, await InstallAsync());
        Assert.Equal("run\nrun\n", NpmRuns);
    }

    [Fact(Skip = "The npm of this test is a shell script", SkipUnless = nameof(OnLinux))]
    public async Task A_package_that_cannot_be_unpacked_is_one_line_with_the_exit_code()
    {
        NpmBrings("exit 139");

        Assert.Null(await InstallAsync());
        Assert.Contains("no dashboard: unpacking it failed (exit code 139)", _said[^1], StringComparison.Ordinal);
        Assert.Contains("Aspire CLI", _said[^1], StringComparison.Ordinal);
        Assert.Equal("run\n", NpmRuns);
    }

    [Fact(Skip = "The npm of this test is a shell script", SkipUnless = nameof(OnLinux))]
    public async Task What_npm_says_of_its_failure_is_passed_on()
    {
        NpmBrings(GoodCli, then: "echo npm error code ENOTFOUND >&2; echo at somewhere >&2; echo the log is elsewhere >&2; exit 1");

        Assert.Null(await InstallAsync());
        Assert.Contains("npm failed (exit code 1: npm error code ENOTFOUND ... the log is elsewhere)", _said[^1], StringComparison.Ordinal);
        Assert.False(_locator.IsInstalled);
    }

    [Fact(Skip = "A package is pinned for this system alone", SkipUnless = nameof(OnLinux))]
    public async Task Without_npm_one_line_says_where_to_get_it()
    {
        Assert.Null(await InstallAsync());
        Assert.Contains("https://nodejs.org", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_package_for_the_system_one_line_says_which_it_is_and_what_to_do()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "package-lock.json"), "{}");

        Assert.Null(await InstallAsync());
        var line = Assert.Single(_said);
        Assert.Contains($"this system is {DashboardLocator.Platform}", line, StringComparison.Ordinal);
        Assert.Contains("Aspire CLI", line, StringComparison.Ordinal);
    }

    private Task<string?> InstallAsync(CancellationToken? cancellationToken = null) =>
        new DashboardInstaller(_locator, _said.Add, searchPath: _folder.FullName)
            .InstallAsync(cancellationToken ?? TestContext.Current.CancellationToken)
            .WaitAsync(Eventually.Deadline, CancellationToken.None);

    private void Pin(string version) =>
        File.WriteAllText(Path.Combine(_folder.FullName, "package-lock.json"), $"\"node_modules/@microsoft/aspire-cli-{DashboardLocator.Platform}\": {version}");

    private void NpmBrings(string cli, string then = "exit 0") => WriteScript(
        Path.Combine(_folder.FullName, "npm"),
        $"""
        echo run >> npm-runs
        mkdir -p '{Path.GetDirectoryName(_locator.PackageCli)}'
        cat > '{_locator.PackageCli}' <<'END'
        #!/bin/sh
        {cli}
        END
        chmod +x '{_locator.PackageCli}'
        {then}
        """);

    private static void WriteScript(string path, string text)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
