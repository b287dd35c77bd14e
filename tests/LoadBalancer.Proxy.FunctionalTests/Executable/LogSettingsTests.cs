using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>The section <c>Logging</c> of the settings says which lines the console has, also after a reload.</summary>
public sealed class LogSettingsTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_variable_says_which_lines_there_are()
    {
        await using var destination = new FakeDestination();
        await using var process = Start(destination, new() { ["Logging__LogLevel__LoadBalancer"] = "Debug" });
        await AskAsync(await process.WaitForAddressAsync());

        Assert.StartsWith("DEBUG - GET /page ->", await process.WaitForEventAsync("/page"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_settings_file_that_changes_says_it_anew()
    {
        _folder.Write("appsettings.json", """{ "Logging": { "LogLevel": { "LoadBalancer": "Information" } } }""");
        await using var destination = new FakeDestination();
        await using var process = Start(destination, []);
        var address = await process.WaitForAddressAsync();

        _folder.Write("appsettings.json", """{ "Logging": { "LogLevel": { "LoadBalancer": "Debug" } } }""");
        await process.WaitForEventAsync("configuration reloaded");
        await AskAsync(address);

        Assert.StartsWith("DEBUG - GET /page ->", await process.WaitForEventAsync("/page"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_level_that_there_is_not_changes_nothing()
    {
        _folder.Write("appsettings.json", "{}");
        await using var destination = new FakeDestination();
        await using var process = Start(destination, []);
        await process.WaitForAddressAsync();

        _folder.Write("appsettings.json", """{ "Logging": { "LogLevel": { "Default": "loud" } } }""");

        Assert.StartsWith(
            "ERROR - configuration not reloaded, the last good one stays: Logging:LogLevel:Default: 'loud' is not one of Trace, ",
            await process.WaitForEventAsync("reloaded"),
            StringComparison.Ordinal);
    }

    private ProxyProcess Start(FakeDestination destination, Dictionary<string, string> environment) => ProxyProcess.Start(
        _folder, environment, "--listen", "http://127.0.0.1:0", "--admin", "none", "--servers", new Uri(destination.Address).Authority, "--health-path", "/health");

    private static async Task AskAsync(string address)
    {
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        await client.GetStringAsync("/page");
    }
}
