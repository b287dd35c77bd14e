using System.Net;
using System.Text.Json;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>
/// What rests on reflection, on internals of the web server or on a library, so that a native program might have lost it: each once, asked of the program as a process.
/// </summary>
public sealed class WholeProgramTests : IDisposable
{
    private const string Everything = """ "Routes": { "all": { "ClusterId": "web", "Match": { "Path": "/{**rest}" } } } """;

    private readonly WorkFolder _folder = new();
    private readonly TestAuthority _authority = new();

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task Probes_by_gRPC_find_a_destination()
    {
        await using var destination = await GrpcDestination.StartAsync();
        await using var process = Start($$"""
            { {{Everything}}, "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } }, "HealthCheck": { "Active": { "Enabled": true, "Kind": "Grpc" } } } } }
            """);

        Assert.Contains("a", await process.WaitForEventAsync("the following host is up"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_from_DNS_become_destinations()
    {
        await using var dns = new FakeDns().Set("web.test", 60, "127.0.0.1");
        await using var destination = new FakeDestination(Behave.Ok("found"));
        await using var process = Start($$"""
            { {{Everything}}, "Clusters": { "web": { "Discovery": { "Dns": { "Name": "web.test", "Port": {{destination.Port}}, "Servers": [ "{{dns.Address}}" ] } } } } }
            """);

        Assert.Equal("found", await AskAsync(await process.WaitForAddressAsync(), HttpVersion.Version11));
    }

    [Theory]
    [InlineData("kestrel")]
    [InlineData("eventloop")]
    public async Task Transforms_are_applied(string engine)
    {
        Assert.SkipWhen(engine == "eventloop" && !OperatingSystem.IsLinux(), "The event loop runs on Linux only.");
        await using var destination = new FakeDestination();
        await using var process = Start(
            $$"""
            { "Routes": { "all": { "ClusterId": "web", "Match": { "Path": "/{name}" }, "Transforms": [ { "PathPattern": "/of/{name}" }, { "RequestHeader": "X-By", "Set": "us" } ] } },
              "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } } }
            """,
            "--engine", engine);
        await AskAsync(await process.WaitForAddressAsync(), HttpVersion.Version11, "/page");

        Assert.Equal(("/of/page", "us"), (destination.Requests[0].Target, destination.Requests[0].Header("X-By")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HTTP2_is_spoken(bool overTls)
    {
        using var certificate = _authority.Issue("127.0.0.1");
        var tls = overTls ? $$""" "Tls": { "Certificates": [ { "File": {{JsonSerializer.Serialize(_authority.WriteWholePem("own", certificate))}} } ] } """ : """ "Protocols": "Http1AndHttp2" """;
        await using var destination = new FakeDestination(Behave.Ok("ok"));
        await using var process = ProxyProcess.Start(_folder, "--admin", "none", "--config", _folder.Write("lb.json", $$"""
            { "Listeners": { "web": { "Url": "{{(overTls ? "https" : "http")}}://127.0.0.1:0", {{tls}} } },
              {{Everything}}, "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } } }
            """));

        Assert.Equal("ok", await AskAsync(await process.WaitForAddressAsync(), HttpVersion.Version20));
    }

    [Fact]
    public async Task Lists_and_dictionaries_of_every_kind_are_read_and_shown()
    {
        var admin = TakenAddress.Freed();
        await using var destination = new FakeDestination();
        await using var process = ProxyProcess.Start(_folder, "--listen", "http://127.0.0.1:0", "--admin", admin, "--config", _folder.Write("lb.json", $$"""
            { "TrustedProxies": [ "10.0.0.0/8" ],
              "Routes": { "all": { "Match": { "Path": "/", "Methods": [ "GET" ] }, "Split": { "Clusters": { "web": 3 } }, "Compression": { "Codings": [ "Gzip" ] } } },
              "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } } }
            """));
        await process.WaitForAddressAsync();
        using var client = new HttpClient();

        var shown = JsonElement.Parse(await client.GetStringAsync($"{admin}/api/config")).GetProperty("configuration");

        var route = shown.GetProperty("Routes").GetProperty("all");
        Assert.Equal(
            ("10.0.0.0/8", "GET", 3, "Gzip"),
            (shown.GetProperty("TrustedProxies")[0].GetString(), route.GetProperty("Match").GetProperty("Methods")[0].GetString(), route.GetProperty("Split").GetProperty("Clusters").GetProperty("web").GetInt32(), route.GetProperty("Compression").GetProperty("Codings")[0].GetString()));
    }

    [Fact]
    public async Task Metrics_and_traces_are_exported()
    {
        await using var collector = new FakeDestination(Behave.Ok(""));
        await using var destination = new FakeDestination();
        await using var process = ProxyProcess.Start(
            _folder,
            new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_METRIC_EXPORT_INTERVAL"] = "200", ["OTEL_BSP_SCHEDULE_DELAY"] = "200" },
            "--listen", "http://127.0.0.1:0", "--admin", "none", "--servers", new Uri(destination.Address).Authority);
        await AskAsync(await process.WaitForAddressAsync(), HttpVersion.Version11);

        await Eventually.HoldsAsync(() => collector.Requests.Select(request => request.Target).ToHashSet().IsSupersetOf(["/v1/metrics", "/v1/traces"]), "metrics and traces came");
    }

    private ProxyProcess Start(string configuration, params string[] more) =>
        ProxyProcess.Start(_folder, ["--listen", "http://127.0.0.1:0", "--admin", "none", "--config", _folder.Write("lb.json", configuration), .. more]);

    private async Task<string> AskAsync(string address, Version version, string path = "/")
    {
        using var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = _authority.ChainPolicy() } };
        using var client = new HttpClient(handler) { BaseAddress = new Uri(address), DefaultRequestVersion = version, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        return await client.GetStringAsync(path);
    }
}
