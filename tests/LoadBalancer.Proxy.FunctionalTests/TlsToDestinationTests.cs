using System.Net;
using LoadBalancer.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>TLS to a destination goes by the destination's own name: a client's Host has no say in it.</summary>
public sealed class TlsToDestinationTests : IDisposable
{
    private const string Name = "backend.test";

    private readonly TestAuthority _authority = new();
    private readonly FakeNames _names = new FakeNames().Set(Name, "127.0.0.1");

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task The_name_asked_for_is_that_of_the_destination_and_the_Host_is_the_clients()
    {
        using var tls = new FakeTls(_authority.Issue(Name));
        await using var destination = new FakeDestination(tls: tls);
        await using var proxy = await StartAsync(destination.AddressAs(Name));

        using var answer = await AskAsync(proxy, "shop.example.com");

        Assert.Equal((HttpStatusCode.OK, Name, "shop.example.com"), (answer.StatusCode, Assert.Single(tls.ServerNames), destination.Requests[0].Header("Host")));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    [InlineData(HttpProtocols.Http1AndHttp2)]
    public async Task Requests_for_many_hosts_share_a_connection(HttpProtocols protocols)
    {
        using var tls = new FakeTls(_authority.Issue(Name));
        await using var destination = await Http2Destination.StartAsync(tls: tls, protocols: protocols);
        await using var proxy = await StartAsync(destination.AddressAs(Name));

        for (var i = 0; i < 20; i++)
        {
            using var answer = await AskAsync(proxy, $"host-{i}.example.com");
        }

        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => ($"host-{i}.example.com", "https")),
            destination.Requests.Select(request => (request.Host, request.Scheme)));
        Assert.Equal([Name], tls.ServerNames);
    }

    [Fact]
    public async Task A_name_in_the_configuration_stands_in_for_that_of_the_address()
    {
        using var tls = new FakeTls(_authority.Issue("inner.test"));
        await using var destination = new FakeDestination(tls: tls);
        await using var proxy = await StartAsync(destination.Address, ("Tls:ServerName", "inner.test"));

        using var answer = await AskAsync(proxy, "shop.example.com");

        Assert.Equal((HttpStatusCode.OK, "inner.test"), (answer.StatusCode, Assert.Single(tls.ServerNames)));
    }

    [Fact]
    public async Task A_destination_at_an_address_is_asked_for_no_name_and_must_have_a_certificate_for_the_address()
    {
        using var tls = new FakeTls(_authority.Issue("127.0.0.1"));
        await using var destination = new FakeDestination(tls: tls);
        await using var proxy = await StartAsync(destination.Address);

        using var answer = await AskAsync(proxy, "shop.example.com");

        Assert.Equal((HttpStatusCode.OK, ""), (answer.StatusCode, Assert.Single(tls.ServerNames)));
    }

    [Fact]
    public async Task A_request_without_a_Host_gets_that_of_the_destination()
    {
        using var tls = new FakeTls(_authority.Issue(Name));
        await using var destination = new FakeDestination(tls: tls);
        await using var proxy = await StartAsync(destination.AddressAs(Name));
        using var client = await proxy.ConnectAsync();

        await client.AskAsync("GET / HTTP/1.0\r\n\r\n");

        Assert.Equal($"{Name}:{destination.Port}", destination.Requests[0].Header("Host"));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_certificate_that_is_refused_is_passed_over_and_nobody_gets_the_request_twice(string method)
    {
        using var wrong = new FakeTls(_authority.Issue("other.test"));
        using var right = new FakeTls(_authority.Issue(Name));
        await using var a = new FakeDestination(tls: wrong);
        await using var b = new FakeDestination(tls: right);
        await using var proxy = await StartAsync([a.AddressAs(Name), b.AddressAs(Name)]);

        using var answer = await AskAsync(proxy, Name, method);

        Assert.Equal((HttpStatusCode.OK, 0, 1), (answer.StatusCode, a.Requests.Count, b.Requests.Count));
        Assert.Equal(1, proxy.Metrics.Sum("lb.attempts", "lb.destination=a", "lb.outcome=certificate_refused"));
    }

    [Fact]
    public async Task Certificates_that_are_all_refused_make_502_after_three_handshakes()
    {
        using var wrong = new FakeTls(_authority.Issue("other.test"));
        var destinations = Enumerable.Range(0, 5).Select(_ => new FakeDestination(tls: wrong)).ToArray();
        await using var proxy = await StartAsync([.. destinations.Select(destination => destination.AddressAs(Name))]);

        using var answer = await AskAsync(proxy, "other.test");

        Assert.Equal((HttpStatusCode.BadGateway, 3), (answer.StatusCode, wrong.ServerNames.Count));
        await Task.WhenAll(destinations.Select(destination => destination.DisposeAsync().AsTask()));
    }

    [Theory]
    [InlineData("certificate refused: for another name", "other.test", false, true)]
    [InlineData("certificate refused: not of a trusted authority", Name, false, false)]
    [InlineData("certificate refused: expired or not valid yet", Name, true, true)]
    public async Task A_probe_says_what_is_wrong_with_a_certificate(string reason, string issuedFor, bool expired, bool trusted)
    {
        using var tls = new FakeTls(expired ? _authority.IssueExpired(issuedFor) : _authority.Issue(issuedFor));
        await using var destination = new FakeDestination(tls: tls);
        var settings = ProxyHost.QuickProbes();
        if (trusted)
        {
            settings["Clusters:web:HttpClient:Tls:CertificateAuthorities"] = _authority.PemFile;
        }

        await using var proxy = await ProxyHost.StartAsync(_names, settings, destination.AddressAs(Name));

        await proxy.Logs.WaitForAsync($"the following host is down a ({reason})");
    }

    [Fact]
    public async Task A_probe_asks_for_the_name_that_requests_ask_for()
    {
        using var tls = new FakeTls(_authority.Issue("inner.test"));
        await using var destination = new FakeDestination(tls: tls);
        var settings = ProxyHost.QuickProbes();
        settings["Clusters:web:HttpClient:Tls:CertificateAuthorities"] = _authority.PemFile;
        settings["Clusters:web:HttpClient:Tls:ServerName"] = "inner.test";
        settings["Clusters:web:Destinations:a:Host"] = "shop.example.com";
        await using var proxy = await ProxyHost.StartAsync(_names, settings, destination.AddressAs(Name));

        await proxy.WaitForHealthAsync("a", "Healthy");

        Assert.All(tls.ServerNames, name => Assert.Equal("inner.test", name));
    }

    [Fact]
    public async Task Any_certificate_is_taken_where_the_operator_says_so()
    {
        using var tls = new FakeTls(_authority.IssueExpired("other.test"));
        await using var destination = new FakeDestination(tls: tls);
        await using var proxy = await ProxyHost.StartAsync(
            new Dictionary<string, string?> { ["Clusters:web:HttpClient:DangerousAcceptAnyServerCertificate"] = "true" }, destination.Address);

        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_destination_that_does_no_TLS_is_passed_over()
    {
        await using var plain = new FakeDestination();
        using var tls = new FakeTls(_authority.Issue(Name));
        await using var b = new FakeDestination(tls: tls);
        await using var proxy = await StartAsync([$"https://{Name}:{plain.Port}", b.AddressAs(Name)]);

        using var answer = await AskAsync(proxy, Name, "POST");

        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, b.Requests.Count));
    }

    [Fact]
    public async Task Plain_text_and_TLS_at_one_address_are_kept_apart()
    {
        using var tls = new FakeTls(_authority.Issue(Name));
        await using var destination = new FakeDestination(tls: tls);
        await using var proxy = await StartAsync([destination.AddressAs(Name), $"http://{Name}:{destination.Port}"]);

        await AskAsync(proxy, Name, "POST");
        using var answer = await AskAsync(proxy, Name, "POST");

        Assert.Equal((HttpStatusCode.BadGateway, 1), (answer.StatusCode, destination.Requests.Count));
    }

    private static Task<HttpResponseMessage> AskAsync(ProxyHost proxy, string host, string method = "GET") =>
        proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/") { Headers = { Host = host } });

    private Task<ProxyHost> StartAsync(string address, params (string Key, string Value)[] settings) => StartAsync([address], settings);

    private Task<ProxyHost> StartAsync(string[] addresses, params (string Key, string Value)[] settings) => ProxyHost.StartAsync(
        _names,
        settings.Append(("Tls:CertificateAuthorities", _authority.PemFile)).ToDictionary(pair => $"Clusters:web:HttpClient:{pair.Item1}", pair => (string?)pair.Item2),
        addresses);
}
