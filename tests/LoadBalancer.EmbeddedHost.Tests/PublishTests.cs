using System.Text.RegularExpressions;
using YamlDotNet.Serialization;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>What <c>--operation publish</c> writes, and what it says when it cannot.</summary>
public sealed partial class PublishTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("publish").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_services_are_the_dashboard_the_proxy_and_the_backends()
    {
        var services = Services(await PublishAsync());

        Assert.Equal(["compose-dashboard", "proxy", "backend-1", "backend-2", "backend-3"], services.Keys);
    }

    [Fact]
    public async Task Publishing_starts_no_process()
    {
        await using var host = HostProgram.Start("--operation", "publish", "--step", "publish", "--output-path", _folder);
        await host.ExitAsync();

        Assert.DoesNotContain(host.Output, line => line.Contains("Starting", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_proxy_is_published_where_it_listens()
    {
        await using var host = HostProgram.Start("--operation", "publish", "--output-path", _folder);
        await host.ExitAsync();
        var proxy = Services(Compose())["proxy"];

        Assert.Equal([$"{host.ProxyPort}:{host.ProxyPort}"], Texts(proxy["ports"]));
        Assert.Equal($"http://*:{host.ProxyPort}", Variables(proxy)["LoadBalancer__Listeners__http__Url"]);
    }

    [Fact]
    public async Task The_proxy_finds_each_backend_by_its_name()
    {
        var variables = Variables(Services(await PublishAsync())["proxy"]);

        Assert.Equal("http://backend", variables["LoadBalancer__Clusters__backend__Destinations__backend__Address"]);
        Assert.Equal(
            ["http://backend-1:${BACKEND_1_PORT}", "http://backend-2:${BACKEND_2_PORT}", "http://backend-3:${BACKEND_3_PORT}"],
            Enumerable.Range(0, 3).Select(n => variables[$"services__backend__http__{n}"]));
    }

    [Fact]
    public async Task A_backend_listens_where_others_are_told_to_find_it()
    {
        var backend = Services(await PublishAsync())["backend-2"];

        Assert.Equal("${BACKEND_2_IMAGE}", backend["image"]);
        Assert.Equal("${BACKEND_2_PORT}", Variables(backend)["HTTP_PORTS"]);
        Assert.Equal(["${BACKEND_2_PORT}"], Texts(backend["expose"]));
    }

    [Theory]
    [InlineData("proxy")]
    [InlineData("backend-1")]
    public async Task A_service_has_a_health_check_and_sends_its_telemetry_to_the_dashboard(string name)
    {
        var service = Services(await PublishAsync())[name];

        Assert.StartsWith("CMD-SHELL", Texts(((Dictionary<object, object>)service["healthcheck"])["test"])[0]);
        Assert.Equal("http://compose-dashboard:18889", Variables(service)["OTEL_EXPORTER_OTLP_ENDPOINT"]);
    }

    [Fact]
    public async Task Nothing_of_the_developers_desk_is_published() =>
        Assert.DoesNotContain("Development", await PublishAsync(), StringComparison.Ordinal);

    [Theory]
    [InlineData("proxy", false)]
    [InlineData("backend-1", true)]
    public async Task Only_who_stands_behind_a_proxy_believes_forwarded_headers(string name, bool believes) =>
        Assert.Equal(believes, Variables(Services(await PublishAsync())[name]).ContainsKey("ASPNETCORE_FORWARDEDHEADERS_ENABLED"));

    [Fact]
    public async Task Every_placeholder_has_an_empty_line_in_the_env_file()
    {
        var wanted = Placeholder().Matches(await PublishAsync()).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);
        var lines = File.ReadAllLines(Path.Combine(_folder, ".env")).Where(line => line.Length > 0 && line[0] != '#');

        Assert.Equal(wanted.Select(name => $"{name}="), lines);
    }

    [Fact]
    public async Task What_was_filled_in_stays_when_it_is_published_again()
    {
        await PublishAsync();
        var path = Path.Combine(_folder, ".env");
        File.WriteAllText(path, File.ReadAllText(path).Replace("PROXY_IMAGE=", "PROXY_IMAGE=loadbalancer-proxy", StringComparison.Ordinal));

        await PublishAsync();

        Assert.Contains("PROXY_IMAGE=loadbalancer-proxy", File.ReadAllLines(path));
    }

    [Fact]
    public async Task Variables_of_others_stay_when_it_is_published_again()
    {
        var path = Path.Combine(_folder, ".env");
        File.WriteAllText(path, "COMPOSE_PROJECT_NAME=mine\nCOMPOSE_PROJECT_NAME=again");

        await PublishAsync();

        Assert.Equal(["COMPOSE_PROJECT_NAME=mine", "COMPOSE_PROJECT_NAME=again", "", "# Container image name for backend-1"], File.ReadAllLines(path).Take(4));
    }

    [Fact]
    public async Task What_a_build_server_calls_step_and_operation_is_none_of_its_business()
    {
        var surroundings = new Dictionary<string, string> { ["STEP"] = "build", ["OPERATION"] = "deploy" };
        await using var host = HostProgram.Start(surroundings, "--operation", "Publish", "--output-path", _folder);

        Assert.Equal(0, await host.ExitAsync());
        Assert.Contains("services:", Compose());
    }

    [Theory]
    [InlineData("--output-path")]
    [InlineData("--output-path", "--step", "publish")]
    public async Task An_output_path_without_a_folder_is_one_line_and_exit_code_1(params string[] arguments)
    {
        await using var host = HostProgram.Start(["--operation", "publish", .. arguments]);

        Assert.Equal(1, await host.ExitAsync());
        Assert.Equal("--output-path needs a folder.", Assert.Single(host.Errors));
    }

    [Theory]
    [InlineData("--operation", "deploy", "--operation 'deploy' is not known")]
    [InlineData("--step", "push", "--step 'push' is not known")]
    [InlineData("--output-path", "/dev/null/out", "Cannot write to /dev/null/out")]
    public async Task What_cannot_be_done_is_one_line_and_exit_code_1(string option, string value, string expected)
    {
        string[] usual = option == "--operation" ? [] : ["--operation", "publish"];
        await using var host = HostProgram.Start([.. usual, option, value]);

        Assert.Equal(1, await host.ExitAsync());
        Assert.StartsWith(expected, Assert.Single(host.Errors));
    }

    private async Task<string> PublishAsync()
    {
        await using var host = HostProgram.Start("--operation", "publish", "--step", "publish", "--output-path", _folder);
        Assert.Equal(0, await host.ExitAsync());
        return Compose();
    }

    private string Compose() => File.ReadAllText(Path.Combine(_folder, "docker-compose.yaml"));

    private static Dictionary<string, Dictionary<object, object>> Services(string compose)
    {
        var file = new DeserializerBuilder().Build().Deserialize<Dictionary<string, Dictionary<string, object>>>(compose);
        return file["services"].ToDictionary(service => service.Key, service => (Dictionary<object, object>)service.Value);
    }

    private static Dictionary<string, string> Variables(Dictionary<object, object> service) =>
        ((Dictionary<object, object>)service["environment"]).ToDictionary(pair => (string)pair.Key, pair => (string)pair.Value);

    private static List<string> Texts(object list) => ((List<object>)list).ConvertAll(item => (string)item);

    // $$ is a dollar sign for the container.
    [GeneratedRegex(@"(?<!\$)\$\{(\w+)\}")]
    private static partial Regex Placeholder();
}
