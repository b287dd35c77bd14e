using System.Net.Sockets;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>Settings that a host of ASP.NET Core obeys, and that this program does not list, change nothing wherever they stand.</summary>
public sealed class ForeignSettingsTests : IDisposable
{
    private static readonly string[] OwnPorts = ["--listen", "http://127.0.0.1:0", "--admin", "http://127.0.0.1:0"];

    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> PrefixesOfVariables => ["", "ASPNETCORE_", "DOTNET_"];

    [Theory]
    [MemberData(nameof(PrefixesOfVariables))]
    public async Task Hosts_that_a_variable_allows_are_not_the_only_ones(string prefix)
    {
        await using var destination = new FakeDestination(Behave.Ok("served"));
        await using var process = Start(destination, new() { [$"{prefix}AllowedHosts"] = "example.org" });

        Assert.Equal("served", await AskAsync(await process.WaitForAddressAsync()));
    }

    [Fact]
    public async Task Hosts_that_the_settings_file_allows_are_not_the_only_ones()
    {
        _folder.Write("appsettings.json", """{ "AllowedHosts": "example.org" }""");
        await using var destination = new FakeDestination(Behave.Ok("served"));
        await using var process = Start(destination, []);

        Assert.Equal("served", await AskAsync(await process.WaitForAddressAsync()));
    }

    [Fact]
    public async Task Readiness_is_told_under_any_host()
    {
        var admin = TakenAddress.Freed();
        _folder.Write("appsettings.json", """{ "AllowedHosts": "example.org" }""");
        await using var process = ProxyProcess.Start(_folder, ["--listen", "http://127.0.0.1:0", "--admin", admin, "--servers", "127.0.0.1:1"]);
        await process.WaitForAddressAsync();

        Assert.Equal("Healthy", await AskAsync(admin, "/health"));
    }

    [Theory]
    [MemberData(nameof(PrefixesOfVariables))]
    public async Task No_address_of_the_environment_is_listened_on(string prefix)
    {
        string[] foreign = [TakenAddress.Freed(), TakenAddress.Freed(), TakenAddress.Freed()];
        await using var destination = new FakeDestination();
        await using var process = Start(destination, new()
        {
            [$"{prefix}URLS"] = foreign[0],
            [$"{prefix}HTTP_PORTS"] = $"{new Uri(foreign[1]).Port}",
            [$"{prefix}Kestrel__Endpoints__x__Url"] = foreign[2],
            [$"{prefix}PREFERHOSTINGURLS"] = "true",
        });
        await process.WaitForAddressAsync();

        Assert.All(foreign, address => Assert.Throws<SocketException>(() => Connect(address)));
    }

    [Fact]
    public async Task A_section_of_the_web_server_in_the_settings_file_counts_for_nothing()
    {
        var foreign = TakenAddress.Freed();
        _folder.Write("appsettings.json", $$"""{ "Kestrel": { "Endpoints": { "x": { "Url": "{{foreign}}" } }, "Limits": { "MaxRequestBodySize": 1 } } }""");
        await using var destination = new FakeDestination(Behave.Ok("served"));
        await using var process = Start(destination, []);
        using var client = new HttpClient { BaseAddress = new Uri(await process.WaitForAddressAsync()) };

        using var answer = await client.PostAsync("/", new StringContent("more than a byte"));

        Assert.Equal("served", await answer.Content.ReadAsStringAsync());
        Assert.Throws<SocketException>(() => Connect(foreign));
    }

    [Fact]
    public async Task The_settings_file_is_that_of_the_working_folder_whatever_root_a_variable_names()
    {
        await using var destination = new FakeDestination(Behave.Ok("served"));
        _folder.Write("appsettings.json", $$"""{ "LoadBalancer": { "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } } } }""");
        await using var process = ProxyProcess.Start(_folder, new() { ["ASPNETCORE_CONTENTROOT"] = "/no/such/folder" }, OwnPorts);

        Assert.Equal("served", await AskAsync(await process.WaitForAddressAsync()));
    }

    [Theory]
    [InlineData("ASPNETCORE_ENVIRONMENT")]
    [InlineData("DOTNET_ENVIRONMENT")]
    public async Task The_settings_file_of_the_environment_is_read(string variable)
    {
        await using var destination = new FakeDestination(Behave.Ok("served"));
        _folder.Write("appsettings.Development.json", $$"""{ "LoadBalancer": { "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } } } }""");
        await using var process = ProxyProcess.Start(_folder, new() { [variable] = "Development" }, OwnPorts);

        Assert.Equal("served", await AskAsync(await process.WaitForAddressAsync()));
    }

    private ProxyProcess Start(FakeDestination destination, Dictionary<string, string> environment) =>
        ProxyProcess.Start(_folder, environment, [.. OwnPorts, "--servers", NameOf(destination), "--health-path", "/health"]);

    private static async Task<string> AskAsync(string address, string path = "/")
    {
        using var client = await RawClient.ConnectAsync(address);
        return (await client.AskAsync($"GET {path} HTTP/1.1\r\nHost: any.name.test\r\n\r\n")).Text;
    }

    private static void Connect(string address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect("127.0.0.1", new Uri(address).Port);
    }

    private static string NameOf(FakeDestination destination) => new Uri(destination.Address).Authority;
}
