using System.Text.Json;

namespace LoadBalancer.Samples.Tests;

/// <summary>What stands in <c>deploy/compose</c> and <c>deploy/systemd</c>, beyond what holds for every compose file.</summary>
public sealed class DeploymentTests
{
    private const string Compose = "deploy/compose/compose.yaml";
    private const string ConfigurationPath = "/etc/loadbalancer/loadbalancer.json";

    [Fact]
    public void Destinations_are_looked_up_by_the_name_and_the_port_of_their_service()
    {
        var dns = JsonElement.Parse(Repository.Read("deploy/compose/config/loadbalancer.json")).GetProperty("Clusters").GetProperty("backend").GetProperty("Discovery").GetProperty("Dns");
        var service = ComposeFile.Load(Compose).Services[dns.GetProperty("Name").GetString()!];

        Assert.Equal(service.Environment["ASPNETCORE_HTTP_PORTS"], dns.GetProperty("Port").GetRawText());
    }

    [Fact]
    public void Container_is_not_killed_before_its_requests_are_finished() =>
        Assert.True(Seconds(ComposeFile.Load(Compose).Services["proxy"].StopGracePeriod!) > ShutdownSecondsOf("compose/config"));

    [Fact]
    public void Unit_is_not_killed_before_its_requests_are_finished() =>
        Assert.True(Seconds(Unit("TimeoutStopSec").Single()) > ShutdownSecondsOf("systemd"));

    [Theory]
    [InlineData("compose/config")]
    [InlineData("systemd")]
    public async Task Configuration_is_valid_to_the_program(string folder) =>
        Assert.Equal("configuration is valid", await Validation.OfAsync(Repository.Read($"deploy/{folder}/loadbalancer.json")));

    [Theory]
    [InlineData("ExecStart", "server shutdown complete")]
    [InlineData("ExecStartPre", "configuration is valid")]
    public async Task Command_of_the_unit_is_one_that_the_program_takes(string key, string lastWords)
    {
        var scratch = Directory.CreateTempSubdirectory("unit-");
        try
        {
            // The configuration of the sample network is served from here, on free ports.
            var file = Path.Combine(scratch.FullName, "loadbalancer.json");
            await File.WriteAllTextAsync(file, Repository.Read("deploy/systemd/loadbalancer.json"), TestContext.Current.CancellationToken);
            var words = Unit(key).Single().Replace(ConfigurationPath, file, StringComparison.Ordinal).Split(' ');
            await using var program = Terminal.Start(Repository.ProgramFile(Path.GetFileName(words[0])), words[1..], new Dictionary<string, string>
            {
                ["LoadBalancer__Listeners__http__Url"] = "http://127.0.0.1:0",
                ["LoadBalancer__Admin__Url"] = "http://127.0.0.1:0",
                ["LoadBalancer__Clusters__web__HealthCheck__Active__Enabled"] = "false",
            });
            await program.WaitForAsync(key == "ExecStart" ? "server listening on " : lastWords);
            await program.InterruptAsync();

            Assert.EndsWith(lastWords, program.Transcript, StringComparison.Ordinal);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Unit_is_well_formed_to_systemd()
    {
        const string Analyzer = "/usr/bin/systemd-analyze";
        Assert.SkipUnless(File.Exists(Analyzer), "There is no systemd here to ask.");
        var scratch = Directory.CreateTempSubdirectory("unit-");
        try
        {
            // It wants to see the programs that it is to start.
            var unit = Path.Combine(scratch.FullName, "loadbalancer.service");
            await File.WriteAllTextAsync(
                unit,
                Repository.Read("deploy/systemd/loadbalancer.service").Replace("/opt/loadbalancer/LoadBalancer.Proxy", Repository.Proxy, StringComparison.Ordinal),
                TestContext.Current.CancellationToken);
            await using var analyzer = Terminal.Start(Analyzer, ["verify", unit], []);

            Assert.Equal((0, ""), (await analyzer.WaitForExitAsync(), analyzer.Transcript));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    [Fact]
    public void Socket_unit_opens_the_address_of_the_listener_and_belongs_to_the_service()
    {
        var socket = Repository.Read("deploy/systemd/loadbalancer.socket").Split('\n');
        var url = System.Text.Json.JsonElement.Parse(Repository.Read("deploy/systemd/loadbalancer.json")).GetProperty("Listeners").GetProperty("http").GetProperty("Url").GetString();

        Assert.Equal(url, $"http://*:{socket.Single(line => line.StartsWith("ListenStream=", StringComparison.Ordinal))["ListenStream=".Length..]}");
        Assert.Contains("Service=loadbalancer.service", socket);
    }

    [Fact]
    public void Readme_installs_the_files_where_the_unit_looks_for_them() =>
        Assert.All(
            ["sudo cp deploy/systemd/loadbalancer.json /etc/loadbalancer/", "sudo cp -r out/loadbalancer/. /opt/loadbalancer/", "sudo cp deploy/systemd/loadbalancer.socket /etc/systemd/system/"],
            line => Assert.Contains(line, Repository.Read("deploy/systemd/README.md"), StringComparison.Ordinal));

    private static IEnumerable<string> Unit(string key) =>
        Repository.Read("deploy/systemd/loadbalancer.service").Split('\n')
            .Where(line => line.StartsWith($"{key}=", StringComparison.Ordinal)).Select(line => line[(key.Length + 1)..]);

    private static int Seconds(string span) => int.Parse(span.TrimEnd('s'), null);

    private static int ShutdownSecondsOf(string folder) => Validation.ShutdownSecondsOf(Repository.Read($"deploy/{folder}/loadbalancer.json"));
}
