using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using YamlDotNet.Serialization;

namespace LoadBalancer.IntegrationTests.Host;

/// <summary>What <c>--operation publish</c> writes, and what it says when it cannot.</summary>
public sealed partial class PublishTests(PublishTests.Published published) : IClassFixture<PublishTests.Published>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("publish").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_services_are_the_dashboard_the_proxy_and_the_backends() =>
        Assert.Equal(["compose-dashboard", "proxy", "backend-1", "backend-2", "backend-3"], published.Services.Keys);

    [Fact]
    public void Publishing_starts_nothing() =>
        Assert.Equal("wrote docker-compose.yaml and .env to", WrittenTo().Match(Assert.Single(published.Output)).Groups["said"].Value);

    [Fact]
    public void The_proxy_is_published_where_it_listens()
    {
        Assert.Equal(["8080:8080"], Texts(published.Services["proxy"]["ports"]));
        Assert.Equal("http://*:8080", published.VariablesOf("proxy")["LoadBalancer__Listeners__http__Url"]);
    }

    [Fact]
    public void The_proxy_finds_each_backend_by_its_name()
    {
        var variables = published.VariablesOf("proxy");

        Assert.Equal("http://backend", variables["LoadBalancer__Clusters__backend__Destinations__backend__Address"]);
        Assert.Equal(
            ["http://backend-1:${BACKEND_1_PORT}", "http://backend-2:${BACKEND_2_PORT}", "http://backend-3:${BACKEND_3_PORT}"],
            Enumerable.Range(0, 3).Select(n => variables[$"services__backend__http__{n}"]));
    }

    [Fact]
    public void A_backend_listens_where_others_are_told_to_find_it()
    {
        var backend = published.Services["backend-2"];

        Assert.Equal("${BACKEND_2_IMAGE}", backend["image"]);
        Assert.Equal("${BACKEND_2_PORT}", published.VariablesOf("backend-2")["HTTP_PORTS"]);
        Assert.Equal(["${BACKEND_2_PORT}"], Texts(backend["expose"]));
    }

    [Theory]
    [InlineData("proxy")]
    [InlineData("backend-1")]
    public void A_service_has_a_health_check_and_sends_its_telemetry_to_the_dashboard_without_waiting_for_it_at_the_end(string name)
    {
        var variables = published.VariablesOf(name);

        Assert.StartsWith("CMD-SHELL", Texts(((Dictionary<object, object>)published.Services[name]["healthcheck"])["test"])[0]);
        Assert.Equal(("http://compose-dashboard:18889", "1000"), (variables["OTEL_EXPORTER_OTLP_ENDPOINT"], variables["OTEL_EXPORTER_OTLP_TIMEOUT"]));
    }

    [Fact]
    public void Nothing_of_the_developers_machine_is_published()
    {
        Assert.DoesNotContain("Development", published.Compose, StringComparison.Ordinal);
        Assert.DoesNotContain(AppContext.BaseDirectory.Split("tests")[0], published.Compose, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("proxy", false)]
    [InlineData("backend-1", true)]
    public void Only_who_stands_behind_a_proxy_believes_forwarded_headers(string name, bool believes) =>
        Assert.Equal(believes, published.VariablesOf(name).ContainsKey("ASPNETCORE_FORWARDEDHEADERS_ENABLED"));

    [Fact]
    public void Every_placeholder_has_an_empty_line_in_the_env_file()
    {
        var wanted = Placeholder().Matches(published.Compose).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(wanted.Select(name => $"{name}="), published.EnvironmentFile.Where(line => line.Length > 0 && line[0] != '#'));
    }

    [Fact]
    public async Task What_stands_in_the_env_file_stays_when_it_is_published_again()
    {
        var path = Path.Combine(_folder, ".env");
        await File.WriteAllTextAsync(path, "COMPOSE_PROJECT_NAME=mine\nPROXY_IMAGE=loadbalancer-proxy", TestContext.Current.CancellationToken);

        await Published.PublishAsync(_folder);

        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(["COMPOSE_PROJECT_NAME=mine", "PROXY_IMAGE=loadbalancer-proxy", "", "# Container image name for backend-1"], lines.Take(4));
        Assert.DoesNotContain("PROXY_IMAGE=", lines);
    }

    [Fact]
    public async Task Without_a_step_it_publishes_whatever_the_surroundings_call_step_and_operation()
    {
        var surroundings = new Dictionary<string, string> { ["STEP"] = "build", ["OPERATION"] = "deploy" };
        await using var host = HostProgram.Start(surroundings, "--operation", "Publish", "--output-path", _folder);

        Assert.Equal(0, await host.ExitAsync());
        Assert.True(File.Exists(Path.Combine(_folder, "docker-compose.yaml")), host.Transcript());
    }

    [Fact]
    public async Task A_port_that_is_taken_on_this_machine_is_none_of_its_business()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        await using var host = HostProgram.Start("--operation", "publish", "--output-path", _folder, $"--Ports:Proxy={((IPEndPoint)other.LocalEndpoint).Port}");

        Assert.Equal(0, await host.ExitAsync());
    }

    [Theory]
    [InlineData("--output-path needs a folder", "--operation", "publish", "--output-path")]
    [InlineData("--output-path needs a folder", "--operation", "publish", "--output-path", "--step", "publish")]
    [InlineData("--operation 'deploy' is not known: it may be run or publish", "--operation", "deploy")]
    [InlineData("Step 'pack' not found", "--operation", "publish", "--step", "pack")]
    [InlineData("--list-steps needs the Aspire CLI", "--operation", "publish", "--list-steps", "true")]
    [InlineData("cannot write to /dev/null/out", "--operation", "publish", "--output-path", "/dev/null/out")]
    public async Task What_cannot_be_done_is_one_line_and_exit_code_1(string expected, params string[] arguments)
    {
        await using var host = HostProgram.Start(arguments);

        Assert.Equal(1, await host.ExitAsync());
        Assert.StartsWith(expected, Assert.Single(host.Errors));
        Assert.Empty(host.Output);
    }

    private static List<string> Texts(object list) => ((List<object>)list).ConvertAll(item => (string)item);

    // $$ is a dollar sign for the container.
    [GeneratedRegex(@"(?<!\$)\$\{(\w+)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\] (?<said>wrote .* to) ")]
    private static partial Regex WrittenTo();

    /// <summary>The application, published once.</summary>
    public sealed class Published : IAsyncLifetime
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("published").FullName;

        public IReadOnlyList<string> Output { get; private set; } = [];

        public string Compose { get; private set; } = "";

        public IReadOnlyList<string> EnvironmentFile { get; private set; } = [];

        public IReadOnlyDictionary<string, Dictionary<object, object>> Services { get; private set; } = new Dictionary<string, Dictionary<object, object>>();

        public static async Task<IReadOnlyList<string>> PublishAsync(string folder)
        {
            await using var host = HostProgram.Start("--operation", "publish", "--step", "publish", "--output-path", folder);
            Assert.True(await host.ExitAsync() == 0, host.Transcript());
            return host.Output;
        }

        public Dictionary<string, string> VariablesOf(string service) =>
            ((Dictionary<object, object>)Services[service]["environment"]).ToDictionary(pair => (string)pair.Key, pair => (string)pair.Value);

        public async ValueTask InitializeAsync()
        {
            Output = await PublishAsync(_folder);
            Compose = await File.ReadAllTextAsync(Path.Combine(_folder, "docker-compose.yaml"));
            EnvironmentFile = await File.ReadAllLinesAsync(Path.Combine(_folder, ".env"));
            var file = new DeserializerBuilder().Build().Deserialize<Dictionary<string, Dictionary<string, object>>>(Compose);
            Services = file["services"].ToDictionary(service => service.Key, service => (Dictionary<object, object>)service.Value);
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(_folder, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
