using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>
/// What the built program says when it cannot do what was typed: lines for a person, and a code for a script. Each way to an error is gone once;
/// the unit tests of the command line and of the configuration have the errors themselves.
/// </summary>
public sealed class CommandLineErrorTests : IDisposable
{
    private const string Servers = "--servers=127.0.0.1:1";

    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("no servers")]
    [InlineData("--nonsense", Servers, "--nonsense")]
    [InlineData("--config", "", "--config has an empty name")]
    [InlineData("validate", "--config", "", "--config has an empty name")]
    public async Task What_cannot_be_understood_is_one_line_and_code_2(params string[] typedAndSaid)
    {
        await using var process = await ProxyProcess.RunAsync(_folder, typedAndSaid[..^1]);

        await AssertFailedAsync(process, code: 2, typedAndSaid[^1]);
    }

    [Theory]
    [InlineData("--listen", "--admin=none")]
    [InlineData("--admin", "--listen=http://127.0.0.1:0")]
    public async Task A_port_that_is_taken_is_one_line_and_code_1(string option, string other)
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);

        await using var process = await ProxyProcess.RunAsync(_folder, Servers, option, $"http://127.0.0.1:{port}", other);

        await AssertFailedAsync(process, code: 1, port);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_one_line_and_code_1()
    {
        await using var process = await ProxyProcess.RunAsync(_folder, "--config", "nowhere.json");

        await AssertFailedAsync(process, code: 1, "cannot read nowhere.json: there is no such file");
    }

    [Fact]
    public async Task A_folder_in_place_of_a_file_is_one_line_and_code_1()
    {
        await using var process = await ProxyProcess.RunAsync(_folder, "--config", _folder.Path);

        await AssertFailedAsync(process, code: 1, $"cannot read {_folder.Path}: it is a folder");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("""{ "Clusters": { "web": }""")]
    public async Task A_file_that_is_not_an_object_of_JSON_is_one_line_and_code_1(string content)
    {
        var file = _folder.Write("broken.json", content);

        await using var process = await ProxyProcess.RunAsync(_folder, "--config", file);

        await AssertFailedAsync(process, code: 1, file);
    }

    [Theory]
    [InlineData]
    [InlineData("validate")]
    public async Task A_wrong_configuration_is_a_line_with_path_and_source_of_each_error_and_code_1(params string[] command)
    {
        var file = _folder.Write("wrong.json", """
            {
              "Clusters": {
                "web": {
                  "HealthCheck": { "Active": { "Interval": "soon" } },
                  "Destinations": { "a": { "Adress": "http://localhost:5001" } }
                }
              }
            }
            """);

        await using var process = await ProxyProcess.RunAsync(_folder, [.. command, "--config", file]);

        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Equal(
            [
                $"Clusters:web:Destinations:a:Address: is missing ({file})",
                $"Clusters:web:Destinations:a:Adress: unknown key; did you mean 'Address'? ({file})",
                $"Clusters:web:HealthCheck:Active:Interval: 'soon' is not a span of time: write 500ms, 10s, 2m, 1h, 7d or hh:mm:ss ({file})",
            ],
            process.Errors.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData]
    [InlineData("validate")]
    public async Task A_configuration_without_a_cluster_is_one_line_and_code_1(params string[] command)
    {
        var file = _folder.Write("empty.json", "{}");

        await using var process = await ProxyProcess.RunAsync(_folder, [.. command, "--config", file]);

        await AssertFailedAsync(process, code: 1, "Clusters: is missing");
    }

    [Theory]
    [InlineData("http://203.0.113.9:8123")]
    [InlineData("http://[2001:db8::9]:8123")]
    public async Task An_address_of_another_machine_is_one_line_and_code_1(string address)
    {
        await using var process = await ProxyProcess.RunAsync(_folder, Servers, "--listen", address, "--admin=none");

        await AssertFailedAsync(process, code: 1, $"cannot listen on {address}: ");
    }

    [Fact]
    public async Task What_is_no_matter_of_addresses_is_not_told_to_take_another()
    {
        await using var process = await ProxyProcess.RunAsync(_folder, "--servers=https://127.0.0.1:1", "--engine=eventloop", "--listen=http://127.0.0.1:0", "--admin=none");

        await AssertFailedAsync(process, code: 1, "EventLoop engine");
        Assert.DoesNotContain("--listen", process.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_settings_file_that_is_not_JSON_is_one_line_and_code_1()
    {
        _folder.Write("appsettings.json", "{");

        await using var process = await ProxyProcess.RunAsync(_folder, Servers);

        await AssertFailedAsync(process, code: 1, "appsettings.json'. not valid JSON at line 1");
    }

    [Theory]
    [InlineData("Logging__LogLevel__Default", "garbage", "Logging:LogLevel:Default: 'garbage' is not one of Trace, ")]
    [InlineData("Logging__Console__LogLevel__Default", "garbage", "Logging:Console:LogLevel:Default: 'garbage' is not one of Trace, ")]
    public async Task An_environment_that_makes_no_sense_is_one_line_and_code_1(string name, string value, string said)
    {
        await using var process = ProxyProcess.Start(_folder, new Dictionary<string, string> { [name] = value }, Servers);

        await AssertFailedAsync(process, code: 1, said);
    }

    [Fact]
    public async Task An_error_in_the_environment_names_the_variable_as_it_is_spelled()
    {
        await using var process = ProxyProcess.Start(_folder, new Dictionary<string, string> { ["LOADBALANCER__shutdownTimeout"] = "soon" }, Servers);

        await AssertFailedAsync(process, code: 1, "(environment variable LOADBALANCER__shutdownTimeout)");
    }

    private static async Task AssertFailedAsync(ProxyProcess process, int code, string said)
    {
        Assert.Equal(code, await process.WaitForExitAsync());
        Assert.Empty(process.Output);
        Assert.Contains(said, Assert.Single(process.Errors), StringComparison.Ordinal);
    }
}
