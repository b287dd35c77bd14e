using LoadBalancer.EmbeddedHost.Dashboard;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>Where the dashboard comes from, and what happens when it comes from nowhere.</summary>
public sealed class DashboardTests
{
    [Fact]
    public void The_lock_file_names_no_registry()
    {
        var lockFile = File.ReadAllText(Path.Combine(Projects.LoadBalancer_AppHost.ProjectPath, "package-lock.json"));

        Assert.DoesNotContain("resolved", lockFile, StringComparison.Ordinal);
        Assert.DoesNotContain("http", lockFile, StringComparison.Ordinal);
        Assert.Contains("\"integrity\"", lockFile, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configured_dashboard_comes_before_all_others()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var program = Path.Combine(folder.FullName, OperatingSystem.IsWindows() ? "aspire-managed.exe" : "aspire-managed");
            File.WriteAllText(program, "");

            Assert.Equal(program, Locator(folder.FullName).Find());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_configured_dashboard_that_is_not_there_is_an_error_with_the_setting()
    {
        var error = Assert.Throws<DistributedApplicationException>(() => Locator("/nowhere").Find());

        Assert.Contains("Dashboard:Path", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_application_runs_on_without_a_dashboard()
    {
        var builder = TestApplication.DescribeWithDashboard("--Dashboard:Path=/nowhere");
        builder.AddBackend("backend");
        await using var application = await builder.StartAsync();

        await application.ResourceNotifications.WaitForResourceHealthyAsync("backend", TestContext.Current.CancellationToken).WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        await application.ResourceNotifications.WaitForResourceAsync("aspire-dashboard", KnownResourceStates.FailedToStart, TestContext.Current.CancellationToken)
            .WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        Assert.Contains(application.Snapshot("backend").EnvironmentVariables, variable => variable.Name == "OTEL_EXPORTER_OTLP_HEADERS");
    }

    [Theory]
    [InlineData(null, null, 18888)]
    [InlineData(null, "http://localhost:7070", 7070)]
    [InlineData(null, "https://localhost:7071;http://localhost:7070", 7070)]
    [InlineData(null, "nonsense", 18888)]
    [InlineData("6060", "http://localhost:7070", 6060)]
    public void The_port_for_browsers_is_the_one_that_was_asked_for(string? port, string? urls, int expected) =>
        Assert.Equal(expected, DashboardResource.PortFrom(Settings(("Ports:Dashboard", port), ("ASPNETCORE_URLS", urls))));

    [Theory]
    [InlineData("linux-x64", "linux-x64")]
    [InlineData("linux-arm64", "linux-arm64")]
    [InlineData("linux-musl-x64", "linux-musl-x64")]
    [InlineData("alpine.3.22-x64", "linux-musl-x64")]
    [InlineData("ubuntu.24.04-x64", "linux-x64")]
    public void A_runtime_that_a_distribution_has_built_is_one_for_Linux(string runtimeIdentifier, string platform) =>
        Assert.Equal(platform, DashboardLocator.LinuxPlatform(runtimeIdentifier));

    [Theory]
    [InlineData(null, false)]
    [InlineData("1", true)]
    [InlineData("True", true)]
    [InlineData("0", false)]
    public void A_switch_takes_the_words_that_Aspire_takes(string? value, bool expected) =>
        Assert.Equal(expected, Settings(("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", value)).Switch("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", fallback: false));

    private static DashboardLocator Locator(string configured) => new(Settings(("Dashboard:Path", configured)), "/elsewhere", "/home");

    private static IConfigurationRoot Settings(params (string Key, string? Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => setting.Value)).Build();
}
