using System.Net;
using System.Text.Json;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Destinations that ask the proxy for a certificate of its own.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private const string Name = "backend.test";

    private readonly TestAuthority _authority = new();
    private readonly FakeTls _tls;

    public ClientCertificateTests() => _tls = new FakeTls(_authority.Issue(Name)) { ClientPolicy = _authority.ChainPolicy() };

    public void Dispose()
    {
        _tls.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task They_are_shown_the_one_of_the_configuration_from_PEM_or_PFX(bool isPem)
    {
        await using var destination = new FakeDestination(tls: _tls);
        await using var proxy = await StartAsync(destination.AddressAs(Name), isPem ? Write("CN=proxy") : WritePfx("CN=proxy"));

        using var answer = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal((HttpStatusCode.OK, "CN=proxy"), (answer.StatusCode, Assert.Single(_tls.Clients)));
    }

    [Fact]
    public async Task Over_HTTP2_too()
    {
        await using var destination = await Http2Destination.StartAsync(tls: _tls);
        await using var proxy = await StartAsync(destination.AddressAs(Name), Write("CN=proxy"));

        using var answer = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal(("HTTP/2", "CN=proxy"), (destination.Requests.Single().Protocol, Assert.Single(_tls.Clients)));
    }

    [Fact]
    public async Task Without_one_the_destination_is_passed_over()
    {
        await using var destination = new FakeDestination(tls: _tls);
        await using var proxy = await StartAsync(destination.AddressAs(Name), []);

        using var answer = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal((HttpStatusCode.BadGateway, 0), (answer.StatusCode, destination.Requests.Count));
    }

    [Fact]
    public async Task A_probe_shows_it_as_well()
    {
        await using var destination = new FakeDestination(tls: _tls);
        await using var proxy = await StartAsync(destination.AddressAs(Name), [.. Write("CN=proxy"), .. ProxyHost.QuickProbes().Select(pair => (pair.Key, pair.Value))]);

        await proxy.WaitForHealthAsync("a", "Healthy");

        Assert.All(_tls.Clients, client => Assert.Equal("CN=proxy", client));
    }

    [Fact]
    public async Task One_that_is_replaced_is_shown_from_the_next_connection_on_and_one_that_cannot_be_used_is_not()
    {
        await using var destination = new FakeDestination(Behave.Answer(200, "ok", "Connection: close"), tls: _tls);
        await using var proxy = await StartAsync(destination.AddressAs(Name), Write("CN=first"));
        await proxy.Client.GetStringAsync(new Uri("/", UriKind.Relative));

        Write("CN=second");
        await UntilAsync(proxy, () => _tls.Clients[^1] == "CN=second", "the second is shown");
        await File.WriteAllTextAsync(_authority["proxy.pem"], "nonsense", TestContext.Current.CancellationToken);
        await UntilAsync(proxy, () => proxy.Logs.Records.Any(record => record.Message.Contains("proxy.pem of cluster web has changed and cannot be used, the last good one stays", StringComparison.Ordinal)), "it is told");

        Assert.Equal("CN=second", _tls.Clients[^1]);
    }

    [Fact]
    public async Task Its_expiry_is_told_by_the_API_the_meter_and_a_warning_in_time()
    {
        await using var destination = new FakeDestination(tls: _tls);
        await using var proxy = await StartAsync(destination.AddressAs(Name), Write("CN=proxy", TimeSpan.FromDays(13)));

        using var view = JsonDocument.Parse(await proxy.Admin.GetStringAsync(new Uri("/api/certificates", UriKind.Relative)));
        var told = Assert.Single(view.RootElement.GetProperty("certificates").EnumerateArray());

        Assert.Equal(("web", "CN=proxy", 12, false), (told.GetProperty("cluster").GetString(), told.GetProperty("subject").GetString(), told.GetProperty("daysLeft").GetInt32(), told.TryGetProperty("listener", out _)));
        Assert.InRange(proxy.Metrics.Observe("lb.certificate.expires_in", "lb.cluster=web", "lb.certificate=proxy"), 12 * 86_400, 13 * 86_400);
        Assert.Contains(proxy.Logs.Records, record => record.Message.StartsWith("the certificate for proxy of cluster web expires on ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Clusters_may_show_the_same_one_and_that_of_a_cluster_that_is_gone_is_told_no_more()
    {
        await using var destination = new FakeDestination(tls: _tls);
        Write("CN=proxy");
        await using var run = await ReloadingProxy.StartAsync(("a", destination));
        await run.WriteAsync(Json(destination, "web", "other"), "configuration reloaded");
        Assert.Equal(["other", "web"], await ClustersAsync(run.Proxy));

        await run.WriteAsync(Json(destination, "other"), "configuration reloaded");
        using var answer = await run.Proxy.Client.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal(["other"], await ClustersAsync(run.Proxy));
        Assert.Equal((HttpStatusCode.OK, "CN=proxy"), (answer.StatusCode, Assert.Single(_tls.Clients)));
    }

    [Fact]
    public async Task One_that_cannot_be_read_is_an_error_of_the_configuration()
    {
        var refused = await Assert.ThrowsAsync<Configuration.ConfigurationException>(() => StartAsync("https://127.0.0.1:1", [(Key("File"), _authority.PemFile)]));

        Assert.Equal($"Clusters:web:HttpClient:Tls:ClientCertificate:KeyFile: is missing: '{_authority.PemFile}' has no private key", Assert.Single(refused.Errors).ToString().Split(" (")[0]);
    }

    private static string Key(string key) => $"Clusters:web:HttpClient:Tls:ClientCertificate:{key}";

    private static Task UntilAsync(ProxyHost proxy, Func<bool> holds, string what) => Eventually.HoldsAsync(
        async () =>
        {
            Assert.Equal("ok", await proxy.Client.GetStringAsync(new Uri("/", UriKind.Relative)));
            return holds();
        },
        what);

    private (string Key, string? Value)[] Write(string subject, TimeSpan? validity = null)
    {
        using var certificate = _authority.IssueClient(subject, validity);
        var (file, key) = _authority.WritePem("proxy", certificate);
        return [(Key("File"), file), (Key("KeyFile"), key)];
    }

    private (string Key, string? Value)[] WritePfx(string subject)
    {
        using var certificate = _authority.IssueClient(subject);
        return [(Key("File"), _authority.WritePfx("proxy", certificate, "secret")), (Key("Password"), "secret")];
    }

    private static async Task<IEnumerable<string?>> ClustersAsync(ProxyHost proxy)
    {
        using var view = JsonDocument.Parse(await proxy.Admin.GetStringAsync(new Uri("/api/certificates", UriKind.Relative)));
        return [.. view.RootElement.GetProperty("certificates").EnumerateArray().Select(one => one.GetProperty("cluster").GetString()).Order(StringComparer.Ordinal)];
    }

    private string Json(FakeDestination destination, params string[] clusters) => $$"""
        {
          "Listeners": { "main": { "Url": "http://127.0.0.1:0" } },
          "Admin": { "Url": "http://127.0.0.1:0" },
          "Routes": { "all": { "ClusterId": "{{clusters[0]}}" } },
          "Clusters": { {{string.Join(", ", clusters.Select(cluster => $$"""
            "{{cluster}}": {
              "HttpClient": { "Tls": {
                "ServerName": "{{Name}}", "CertificateAuthorities": "{{_authority.PemFile}}",
                "ClientCertificate": { "File": "{{_authority["proxy.pem"]}}", "KeyFile": "{{_authority["proxy.key"]}}" }
              } },
              "Destinations": { "a": { "Address": "{{destination.Address}}" } }
            }
            """))}} }
        }
        """;

    private Task<ProxyHost> StartAsync(string address, (string Key, string? Value)[] settings) => ProxyHost.StartAsync(
        new FakeNames().Set(Name, "127.0.0.1"),
        settings.Append(("Clusters:web:HttpClient:Tls:CertificateAuthorities", _authority.PemFile)).ToDictionary(),
        address);
}
