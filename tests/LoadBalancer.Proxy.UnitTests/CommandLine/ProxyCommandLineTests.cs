using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoadBalancer.Proxy.CommandLine;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.UnitTests.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.CommandLine;

public sealed class ProxyCommandLineTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private RunArguments? _ran;

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("run")]
    public async Task Without_options_it_runs_with_nothing_typed(string typed)
    {
        Assert.Equal(0, await InvokeAsync(typed));

        Assert.Equivalent(new RunArguments(), _ran, strict: true);
    }

    [Theory]
    [InlineData("--servers a:1", "a:1")]
    [InlineData("--servers a:1,b:2", "a:1 b:2")]
    [InlineData("--servers a:1 --servers b:2,c:3", "a:1 b:2 c:3")]
    [InlineData("--servers=a:1", "a:1")]
    [InlineData("--servers a:80", "a:80")]
    [InlineData("--servers a:1,", "a:1")]
    [InlineData("--servers http://a,https://b:2/prefix", "http://a https://b:2/prefix")]
    [InlineData("--servers [::1]:8081,127.0.0.1:8082", "[::1]:8081 127.0.0.1:8082")]
    [InlineData("run --servers a:1", "a:1")]
    [InlineData("--servers a:1;weight=3,b:2", "a:1;weight=3 b:2")]
    public async Task Servers_are_read(string typed, string servers) => Assert.Equal(servers, string.Join(' ', (await RunAsync(typed)).Servers));

    [Fact]
    public async Task Blanks_after_the_commas_do_not_matter()
    {
        await new ProxyCommandLine(Run, _output, _error).InvokeAsync(["--servers", "a:1, b:2"]);

        Assert.Equal(["a:1", "b:2"], _ran?.Servers);
    }

    [Fact]
    public async Task Addresses_to_listen_on_are_read() =>
        Assert.Equal(["http://*:80", "http://localhost:81"], (await RunAsync("--listen http://*:80 --listen http://localhost:81")).Listen);

    [Fact]
    public async Task The_file_is_read() => Assert.Equal("lb.json", (await RunAsync("--config lb.json")).ConfigFile);

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task Every_policy_is_read_whatever_its_case(LoadBalancingPolicy policy)
    {
        Assert.Equal(policy, (await RunAsync($"--servers a:1 --policy {policy}")).Policy);
        Assert.Equal(policy, (await RunAsync($"--servers a:1 --policy {policy.ToString().ToLowerInvariant()}")).Policy);
    }

    public static readonly TheoryData<LoadBalancingPolicy> Policies = [.. Enum.GetValues<LoadBalancingPolicy>()];

    [Theory]
    [InlineData("auto", EngineOption.Auto)]
    [InlineData("kestrel", EngineOption.Kestrel)]
    [InlineData("EventLoop", EngineOption.EventLoop)]
    public async Task The_engine_is_read(string typed, EngineOption engine) => Assert.Equal(engine, (await RunAsync($"--servers a:1 --engine {typed}")).Engine);

    [Fact]
    public async Task Health_options_are_read()
    {
        var arguments = await RunAsync("--servers a:1 --health-path /up --health-interval 500ms --health-timeout 00:00:03 --health-rise 4 --health-fall 5");

        Assert.Equal(
            ("/up", TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(3), 4, 5),
            (arguments.HealthPath, arguments.HealthInterval, arguments.HealthTimeout, arguments.HealthRise, arguments.HealthFall));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("http://localhost:9902")]
    public async Task The_admin_address_is_read(string admin) => Assert.Equal(admin, (await RunAsync($"--admin {admin}")).Admin);

    [Fact]
    public async Task Verbose_is_read() => Assert.True((await RunAsync("--verbose")).Verbose);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task The_exit_code_is_that_of_the_run(int code) =>
        Assert.Equal(code, await new ProxyCommandLine(_ => Task.FromResult(code), _output, _error).InvokeAsync([]));

    [Theory]
    [InlineData("--bogus", "Unrecognized command or argument '--bogus'")]
    [InlineData("bogus", "Unrecognized command or argument 'bogus'")]
    [InlineData("run extra", "Unrecognized command or argument 'extra'")]
    [InlineData("--verbose maybe", "Unrecognized command or argument 'maybe'")]
    [InlineData("--servers", "Required argument missing for option: '--servers'")]
    [InlineData("--servers ,", "--servers names no server: write host:port,host:port")]
    [InlineData("--servers localhost", "--servers 'localhost' is not a server: write host:port, or http://host:port, with a port from 1 to 65535")]
    [InlineData("--servers a:1,localhost", "--servers 'localhost' is not a server: write host:port, or http://host:port, with a port from 1 to 65535")]
    [InlineData("--servers a:0", "--servers 'a:0' is not a server: write host:port, or http://host:port, with a port from 1 to 65535")]
    [InlineData("--servers a:65536", "--servers 'a:65536' is not a server: write host:port, or http://host:port, with a port from 1 to 65535")]
    [InlineData("--servers a:b", "--servers 'a:b' is not a server: write host:port, or http://host:port, with a port from 1 to 65535")]
    [InlineData("--servers :80", "--servers ':80' is not a server: write host:port, or http://host:port, with a port from 1 to 65535")]
    [InlineData("--servers ftp://a:1", "--servers 'ftp://a:1' is not a server: write host:port, or http://host:port, with a port from 1 to 65535")]
    [InlineData("--servers a:1/path", "--servers 'a:1/path' is not a server: write host:port, or http://host:port, with a port from 1 to 65535")]
    [InlineData("--servers a:1,b:1,a:01", "--servers names one server in two ways: a:1 and a:01")]
    [InlineData("--servers http://a:1/p,http://A:1/p/", "--servers names one server in two ways: http://a:1/p and http://A:1/p/")]
    [InlineData("--servers a:1,http://a:1/", "--servers names one server in two ways: a:1 and http://a:1/")]
    [InlineData("--servers http://u:p@a", "--servers 'http://u:p@a' is not a server: write host:port, or http://host:port, with a port from 1 to 65535")]
    [InlineData("--servers a:1;weight=x", "--servers 'a:1;weight=x' has no valid weight: it must be a whole number from 0 to 1000")]
    [InlineData("--servers a:1;weight=", "--servers 'a:1;weight=' has no valid weight: it must be a whole number from 0 to 1000")]
    [InlineData("--servers a:1;weight=-1", "--servers 'a:1;weight=-1' has no valid weight: it must be a whole number from 0 to 1000")]
    [InlineData("--servers b:1,a:1;weight=1001", "--servers 'a:1;weight=1001' has no valid weight: it must be a whole number from 0 to 1000")]
    [InlineData("--servers a:1;wieght=3", "--servers 'a:1;wieght=3' has more behind its address than a weight: write host:port;weight=3")]
    [InlineData("--servers a:1;weight=1;weight=2", "--servers 'a:1;weight=1;weight=2' has more behind its address than a weight: write host:port;weight=3")]
    [InlineData("--servers a;weight=3", "--servers 'a;weight=3' is not a server: write host:port, or http://host:port, with a port from 1 to 65535")]
    [InlineData("--servers a:1;weight=1,a:1;weight=2", "--servers names one server in two ways: a:1;weight=1 and a:1;weight=2")]
    [InlineData("--listen", "Required argument missing for option: '--listen'")]
    [InlineData("--listen 8080", "--listen '8080' is not an address to listen on: write http://host:port")]
    [InlineData("--listen http://localhost:1 --listen https://a:1", "--listen 'https://a:1' does not say which address: its host must be localhost, an IP address, or * for every address")]
    [InlineData("--admin https://localhost:1", "--admin 'https://localhost:1' asks for TLS, which the admin listener does not have: write http://host:port")]
    [InlineData("validate --config a.json --tls-cert a.pem --tls-cert b.pem --tls-key a.key", "--tls-cert names 2, --tls-key 1: each certificate has a key, or each file has its own")]
    [InlineData("validate --config a.json --against http://localhost:9901 --tls-cert a.pem", "--tls-cert is for a file that this program checks; with --against the proxy that runs checks it, with its own settings")]
    [InlineData("--tls-cert a.pem --tls-cert b.pem --tls-key a.key", "--tls-cert names 2, --tls-key 1: each certificate has a key, or each file has its own")]
    [InlineData("--listen http://localhost:99999", "--listen 'http://localhost:99999' has no valid port: it must be a number from 0 to 65535")]
    [InlineData("--listen ftp://localhost:21", "--listen 'ftp://localhost:21' is not an address to listen on: write http://host:port")]
    [InlineData("--listen http://localhost:8080/path", "--listen 'http://localhost:8080/path' is more than an address to listen on: write http://host:port")]
    [InlineData("--admin http://localhost", "--admin 'http://localhost' has no port: write http://host:port")]
    [InlineData("--config lb.json --health-fall 3", "--health-fall is about the destinations of --servers, and there are none; in a file it is said per cluster")]
    [InlineData("--servers a:1 --acme=www.example.com", "Unrecognized command or argument '--acme=www.example.com'")]
    [InlineData("--listen none", "--listen 'none' is not an address to listen on: write http://host:port")]
    [InlineData("--admin 9901", "--admin '9901' is not an address to listen on: write http://host:port")]
    [InlineData("--config a --config b", "Option '--config' expects a single argument but 2 were provided")]
    [InlineData("--servers a:1 --policy Fastest", "--policy 'Fastest' is not one of RoundRobin, WeightedRoundRobin, Random, LeastRequests, PowerOfTwoChoices, PeakEwma, ConsistentHash, FirstAlphabetical")]
    [InlineData("--servers a:1 --policy 0", "--policy '0' is not one of RoundRobin, WeightedRoundRobin, Random, LeastRequests, PowerOfTwoChoices, PeakEwma, ConsistentHash, FirstAlphabetical")]
    [InlineData("--servers a:1 --policy RoundRobin,RoundRobin", "--policy 'RoundRobin,RoundRobin' is not one of RoundRobin, WeightedRoundRobin, Random, LeastRequests, PowerOfTwoChoices, PeakEwma, ConsistentHash, FirstAlphabetical")]
    [InlineData("--servers a:1 --health-path up", "--health-path 'up' does not begin with /")]
    [InlineData("--servers a:1 --health-interval 10", "--health-interval '10' is not a span of time: write 500ms, 10s, 2m, 1h, 7d or hh:mm:ss")]
    [InlineData("--servers a:1 --health-interval 0s", "--health-interval '0s' is out of range: from 10ms to 24h")]
    [InlineData("--servers a:1 --health-interval 25h", "--health-interval '25h' is out of range: from 10ms to 24h")]
    [InlineData("--servers a:1 --health-timeout 9ms", "--health-timeout '9ms' is out of range: from 10ms to 1h")]
    [InlineData("--servers a:1 --health-timeout 61m", "--health-timeout '61m' is out of range: from 10ms to 1h")]
    [InlineData("--servers a:1 --health-rise 0", "--health-rise '0' is not a whole number from 1 to 1000")]
    [InlineData("--servers a:1 --health-rise 1001", "--health-rise '1001' is not a whole number from 1 to 1000")]
    [InlineData("--servers a:1 --health-fall two", "--health-fall 'two' is not a whole number from 1 to 1000")]
    [InlineData("--health-path /up", "--health-path is about the destinations of --servers, and there are none; in a file it is said per cluster")]
    [InlineData("--policy RoundRobin", "--policy is about the destinations of --servers, and there are none; in a file it is said per cluster")]
    [InlineData("drain", "Required argument 'destination' missing for command: 'drain'")]
    [InlineData("weight a 1001", "weight '1001' is not a whole number from 0 to 1000, or default")]
    [InlineData("weight a half", "weight 'half' is not a whole number from 0 to 1000, or default")]
    [InlineData("status --admin 9901", "--admin '9901' is not an address: write http://host:port or https://host:port")]
    [InlineData("explain GET", "url is missing: write http://host/path, or /path")]
    [InlineData("explain GET example.com", "url 'example.com' is not a URL: write http://host/path, or /path")]
    [InlineData("explain G(T /", "method 'G(T' is not a method")]
    [InlineData("explain GET / --header X-Tenant", "--header 'X-Tenant' is not a header: write \"Name: value\"")]
    [InlineData("explain GET / --client 1", "client '1' is not an IP address")]
    [InlineData("validate", "Option '--config' is required")]
    [InlineData("validate --config", "Required argument missing for option: '--config'")]
    [InlineData("validate --config a --against 9901", "--against '9901' is not an address: write http://host:port or https://host:port")]
    [InlineData("validate --config a --against http://localhost:9901 --explain", "--explain is said by this program, and --against by the proxy that runs: ask for one of them")]
    [InlineData("completion", "Required argument 'shell' missing for command: 'completion'")]
    [InlineData("completion csh", "there is no script for the shell 'csh': there are bash, zsh, fish, pwsh")]
    [InlineData("reload now", "Unrecognized command or argument 'now'")]
    [InlineData("validate --config a --servers b:1", "Unrecognized command or argument '--servers'")]
    public async Task A_usage_error_is_one_line_and_exit_code_2(string typed, string error)
    {
        Assert.Equal(2, await InvokeAsync(typed));

        Assert.Equal(($"{error}. See --help.\n", "", null), (_error.ToString().ReplaceLineEndings("\n"), _output.ToString(), _ran));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("run --help")]
    public async Task Help_lists_every_option(string typed)
    {
        Assert.Equal(0, await InvokeAsync(typed));

        string[] options =
        [
            "--servers", "--listen", "--config", "--policy", "--health-path", "--health-interval", "--health-timeout", "--health-rise", "--health-fall", "--sticky",
            "--admin", "--verbose",
        ];
        Assert.All(options, option => Assert.Contains($" {option} ", _output.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_lists_every_command()
    {
        await InvokeAsync("--help");

        Assert.Matches(@"\brun\b[\s\S]*\bvalidate\b[\s\S]*\bstatus\b[\s\S]*\bdrain\b[\s\S]*\bresume\b[\s\S]*\bdown\b[\s\S]*\bweight\b[\s\S]*\breload\b[\s\S]*\bhealth\b[\s\S]*\bexplain\b[\s\S]*\bcompletion\b", _output.ToString()[_output.ToString().IndexOf("Commands:", StringComparison.Ordinal)..]);
    }

    [Fact]
    public async Task Help_says_the_defaults()
    {
        await InvokeAsync("--help");

        string[] defaults = ["http://localhost:8080", "http://localhost:9901", "RoundRobin", "/", "10s", "2s", "1", "2"];
        Assert.All(defaults, value => Assert.Contains($"[default: {value}]", _output.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_whose_certificate_is_typed_is_valid_with_it_and_not_without()
    {
        using var folder = new TempFolder();
        using var authority = new TestAuthority();
        using var certificate = authority.Issue("www.example.com");
        var (pem, key) = authority.WritePem("www", certificate);
        var file = folder.Write("lb.json", """{ "Listeners": { "secure": { "Url": "https://*:8443" } }, "Clusters": { "web": { "Destinations": { "a": { "Address": "http://localhost:5001" } } } } }""");

        Assert.Equal(1, await InvokeAsync("validate", "--config", file));
        Assert.Equal(0, await InvokeAsync("validate", "--config", file, "--tls-cert", pem, "--tls-key", key));
    }

    [Fact]
    public async Task A_valid_file_is_called_valid()
    {
        using var folder = new TempFolder();
        var file = folder.Write("lb.json", """{ "Clusters": { "web": { "Destinations": { "a": { "Address": "http://a:1" } } } } }""");

        Assert.Equal(0, await InvokeAsync("validate", "--config", file));
        Assert.Equal(("configuration is valid\n", ""), (_output.ToString().ReplaceLineEndings("\n"), _error.ToString()));
    }

    [Fact]
    public async Task Which_engine_serves_a_listener_is_explained_with_the_keys_that_made_it_so()
    {
        using var folder = new TempFolder();
        var file = folder.Write("lb.json", """
            {
              "Listeners": { "plain": { "Url": "http://*:80" }, "admitted": { "Url": "http://localhost:81" } },
              "Clusters": { "web": { "HttpRequest": { "Version": "1.0" }, "Destinations": { "a": { "Address": "https://a:1" } } } }
            }
            """);
        string Served(string listener) =>
            $"{listener} is served by kestrel\n"
            + $"  Clusters:web:Destinations:a:Address: asks for TLS to a destination, which the EventLoop engine does not speak ({file})\n"
            + $"  Clusters:web:HttpRequest:Version: asks for HTTP/1.0 to destinations, and the EventLoop engine speaks HTTP/1.1 ({file})\n";
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere there is one reason more.");

        Assert.Equal(0, await InvokeAsync("validate", "--explain", "--config", file));

        Assert.Equal($"configuration is valid\n{Served("http://localhost:81")}{Served("http://*:80")}", _output.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task A_file_that_insists_on_the_engine_that_cannot_serve_it_is_not_valid()
    {
        using var folder = new TempFolder();
        var file = folder.Write("lb.json", """{ "Engine": "EventLoop", "Clusters": { "web": { "Destinations": { "a": { "Address": "https://a:1" } } } } }""");

        Assert.Equal(1, await InvokeAsync("validate", "--config", file));
        Assert.Contains("EventLoop engine", Assert.Single(_error.ToString().Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_error_of_a_file_is_a_line_with_its_path_and_the_file()
    {
        using var folder = new TempFolder();
        var file = folder.Write("lb.json", """{ "ShutdownTimeout": "soon", "Clusters": { "web": { "Destinations": { "a": { "Address": "a" } } } } }""");

        Assert.Equal(1, await InvokeAsync("validate", "--config", file));
        Assert.Equal(
            $"ShutdownTimeout: 'soon' is not a span of time: write 500ms, 10s, 2m, 1h, 7d or hh:mm:ss ({file})\n"
            + $"Clusters:web:Destinations:a:Address: 'a' is not an address: write http://host:port or https://host:port ({file})\n",
            _error.ToString().ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("""{ "Clusters": { "web": { "Destinations": { "a": { "Address": "http://a:1" } } } } }""", 0, """{"valid":true,"errors":[]}""")]
    [InlineData("""{ "Clusters": { "web": { "Destinations": { "a": { "Address": "a" } } } } }""", 1, """{"valid":false,"errors":[{"path":"Clusters:web:Destinations:a:Address","message":"'a' is not an address: write http://host:port or https://host:port","source":"FILE"}]}""")]
    public async Task Json_says_whether_it_is_valid_and_every_error(string json, int code, string said)
    {
        using var folder = new TempFolder();
        var file = folder.Write("lb.json", json);

        Assert.Equal(code, await InvokeAsync("validate", "--config", file, "--json"));
        Assert.Equal(
            (said, ""),
            (JsonNode.Parse(_output.ToString())!.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).Replace(file, "FILE", StringComparison.Ordinal), _error.ToString()));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_one_line()
    {
        using var folder = new TempFolder();
        var file = folder["missing.json"];

        Assert.Equal(1, await InvokeAsync("validate", "--config", file));
        Assert.Equal($"cannot read {file}: there is no such file\n", _error.ToString().ReplaceLineEndings("\n"));
    }

    private async Task<RunArguments> RunAsync(string typed)
    {
        Assert.True(await InvokeAsync(typed) == 0, _error.ToString());
        return _ran!;
    }

    private Task<int> InvokeAsync(string typed) => InvokeAsync(typed.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private Task<int> InvokeAsync(params string[] typed) => new ProxyCommandLine(Run, _output, _error).InvokeAsync(typed);

    private Task<int> Run(RunArguments arguments)
    {
        _ran = arguments;
        return Task.FromResult(0);
    }
}
