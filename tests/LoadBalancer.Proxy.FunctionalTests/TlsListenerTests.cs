using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Clients that speak TLS to a listener.</summary>
public sealed class TlsListenerTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly ManualTimeProvider _clock = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task A_request_goes_on_and_the_destination_learns_that_it_came_over_https()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(a, Pem("www.example.com"));
        using var client = new TlsClient(proxy);

        Assert.Equal("a", await client.GetAsync("www.example.com"));
        Assert.StartsWith("https://127.0.0.1:", proxy.Address, StringComparison.Ordinal);
        Assert.Equal("https", a.Requests[0].Header("X-Forwarded-Proto"));
    }

    [Theory]
    [InlineData("www.example.com", "www.example.com")]
    [InlineData("WWW.Example.com", "www.example.com")]
    [InlineData("shop.example.org", "*.example.org")]
    [InlineData("a.shop.example.org", "www.example.com")]
    [InlineData("example.org", "www.example.com")]
    [InlineData("elsewhere.example", "www.example.com")]
    [InlineData("127.0.0.1", "www.example.com")]
    public async Task The_certificate_is_that_of_the_name_that_the_client_asks_for_or_else_the_first(string asked, string shown)
    {
        await using var a = new FakeDestination();
        await using var proxy = await StartAsync(a, [.. Pem("www.example.com"), .. Pem("*.example.org", 1)]);
        using var client = new TlsClient(proxy);

        await client.GetAsync(asked);

        Assert.Equal(shown, client.ShownName);
    }

    [Fact]
    public async Task A_PFX_file_and_a_PEM_file_with_its_key_serve_as_well()
    {
        using var first = _authority.Issue("one.example");
        using var second = _authority.Issue("two.example");
        await using var a = new FakeDestination();
        await using var proxy = await StartAsync(
            a,
            ("Tls:Certificates:0:File", _authority.WritePfx("one", first, "s3cret")),
            ("Tls:Certificates:0:Password", "s3cret"),
            ("Tls:Certificates:1:File", _authority.WriteWholePem("two", second)));
        using var client = new TlsClient(proxy);

        await client.GetAsync("one.example");
        var one = client.ShownName;
        await client.GetAsync("two.example");

        Assert.Equal(("one.example", "two.example"), (one, client.ShownName));
    }

    [Fact]
    public async Task A_certificate_that_is_replaced_is_shown_from_the_next_connection_on_and_those_that_are_open_go_on()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(a, Pem("www.example.com"));
        using var open = new TlsClient(proxy);
        using var later = new TlsClient(proxy);
        await open.GetAsync("www.example.com");
        var before = open.Shown;

        Pem("www.example.com");
        await SaidAsync(proxy, "certificate ");

        Assert.Equal("a", await open.GetAsync("www.example.com"));
        Assert.Equal("a", await later.GetAsync("www.example.com"));
        Assert.Equal((1, 1), (open.Handshakes, later.Handshakes));
        Assert.NotEqual(before, later.Shown);
    }

    [Fact]
    public async Task One_that_cannot_be_used_is_told_once_and_the_old_one_stays()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(a, Pem("www.example.com"));
        File.WriteAllText(_authority["0.key"], "not a key");

        await SaidAsync(proxy, "has changed and cannot be used, the last good one stays");
        _clock.Advance(TimeSpan.FromSeconds(10));

        using var client = new TlsClient(proxy);
        Assert.Equal(("a", "www.example.com"), (await client.GetAsync("www.example.com"), client.ShownName));
        Assert.Single(proxy.Logs.Records, record => record.Message.Contains("cannot be used", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Tls12", SslProtocols.Tls12, true)]
    [InlineData("Tls12", SslProtocols.Tls13, true)]
    [InlineData("Tls13", SslProtocols.Tls12, false)]
    [InlineData("Tls13", SslProtocols.Tls13, true)]
    public async Task Nothing_older_is_spoken_than_the_operator_wants(string minimum, SslProtocols spoken, bool isServed)
    {
        await using var a = new FakeDestination();
        await using var proxy = await StartAsync(a, [.. Pem("www.example.com"), ("Tls:MinimumVersion", minimum)]);
        using var client = new TlsClient(proxy, protocols: spoken);

        Assert.Equal(isServed, await client.IsServedAsync("www.example.com"));
    }

    [Theory]
    [InlineData("Required", "own", true, "CN=client of a test")]
    [InlineData("Required", "foreign", false, null)]
    [InlineData("Required", "none", false, null)]
    [InlineData("Optional", "own", true, "CN=client of a test")]
    [InlineData("Optional", "foreign", false, null)]
    [InlineData("Optional", "none", true, null)]
    [InlineData("None", "own", true, null)]
    public async Task Clients_show_a_certificate_of_the_operators_authorities_and_the_destination_gets_its_subject(string mode, string shown, bool isServed, string? subject)
    {
        using var others = new TestAuthority();
        using var certificate = shown == "none" ? null : (shown == "own" ? _authority : others).IssueClient("CN=client of a test");
        await using var a = new FakeDestination();
        await using var proxy = await StartAsync(a,
        [
            .. Pem("www.example.com"),
            ("Tls:ClientCertificates:Mode", mode),
            ("Tls:ClientCertificates:CertificateAuthorities", _authority.PemFile),
            .. mode == "None" ? [] : new[] { ("Tls:ClientCertificates:SubjectHeader", "X-Client-Subject") },
        ]);
        using var client = new TlsClient(proxy, certificate);

        Assert.Equal(isServed, await client.IsServedAsync("www.example.com"));
        Assert.Equal(isServed ? [subject] : [], a.Requests.Select(request => request.Header("X-Client-Subject")));
    }

    [Fact]
    public async Task A_client_cannot_name_a_subject_itself_over_any_listener()
    {
        await using var a = new FakeDestination();
        await using var proxy = await StartAsync(a,
        [
            .. Pem("www.example.com"),
            ("Tls:ClientCertificates:Mode", "Optional"),
            ("Tls:ClientCertificates:CertificateAuthorities", _authority.PemFile),
            ("Tls:ClientCertificates:SubjectHeader", "X-Client-Subject"),
            ("plain:Url", "http://127.0.0.1:0"),
        ]);
        using var client = new TlsClient(proxy);
        await client.GetAsync("www.example.com", ("x-client-subject", "CN=admin"));
        using var plain = await RawClient.ConnectAsync(proxy.Addresses.Listeners.Single(address => address.StartsWith("http:", StringComparison.Ordinal)));
        await plain.AskAsync(RawRequest.Get("/", "X-Client-Subject: CN=admin"));

        Assert.Equal([null, null], a.Requests.Select(request => request.Header("X-Client-Subject")));
    }

    // The web server serves plain listeners beside it too, where it is told to.
    [Theory]
    [InlineData("Auto")]
    [InlineData("Kestrel")]
    public async Task With_Hsts_each_answer_over_https_has_the_field_once(string engine)
    {
        await using var a = new FakeDestination(Behave.Raw("HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n"));
        await using var proxy = await StartAsync(a, [.. Pem("www.example.com"), ("Hsts:IncludeSubDomains", "true"), ("plain:Url", "http://127.0.0.1:0"), ("Engine", engine)]);
        using var client = new TlsClient(proxy);
        using var plain = await RawClient.ConnectAsync(proxy.Addresses.Listeners.Single(address => address.StartsWith("http:", StringComparison.Ordinal)));

        await client.GetAsync("www.example.com");
        var answer = client.Hsts;
        var overHttp = await plain.AskAsync(RawRequest.Get("/"));
        using var down = await proxy.Admin.PatchAsync("/api/clusters/web/destinations/a", new StringContent("""{"state":"down"}""", System.Text.Encoding.UTF8, "application/json"));
        await client.GetAsync("www.example.com");

        Assert.Equal(("max-age=31536000; includeSubDomains", "max-age=31536000; includeSubDomains", HttpStatusCode.ServiceUnavailable), (answer, client.Hsts, client.Status));

        // Over http there is what the destination says of it, and no more.
        Assert.Equal(("max-age=1", null), (overHttp.Header("Strict-Transport-Security"), (await plain.AskAsync(RawRequest.Get("/"))).Header("Strict-Transport-Security")));
    }

    [Fact]
    public async Task A_WebSocket_passes()
    {
        await using var a = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await StartAsync(a, Pem("www.example.com"));
        using var deadline = new CancellationTokenSource(Eventually.Deadline, TimeProvider.System);
        using var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;

        await socket.ConnectAsync(new Uri(proxy.Address.Replace("https:", "wss:", StringComparison.Ordinal)), deadline.Token);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, deadline.Token);

        Assert.Equal(5, (await socket.ReceiveAsync(new byte[100], deadline.Token)).Count);
    }

    [Theory]
    [InlineData(15, null)]
    [InlineData(13, "the certificate for www.example.com of listener secure expires on 2026-11-21, in 12 days")]
    [InlineData(-1, "the certificate for www.example.com of listener secure has expired on 2026-11-07")]
    public async Task Its_expiry_is_told_by_the_API_the_meter_and_a_warning_in_time(int days, string? warning)
    {
        using var certificate = _authority.IssueUntil(_clock.GetUtcNow() + TimeSpan.FromDays(days), "www.example.com");
        await using var a = new FakeDestination();
        await using var proxy = await StartAsync(a, Files(0, _authority.WritePem("0", certificate)));

        using var view = System.Text.Json.JsonDocument.Parse(await proxy.Admin.GetStringAsync("/api/certificates"));
        var told = view.RootElement.GetProperty("certificates")[0];

        Assert.Equal(("secure", "www.example.com", days - 1), (told.GetProperty("listener").GetString(), told.GetProperty("names")[0].GetString(), told.GetProperty("daysLeft").GetInt32()));
        Assert.InRange(proxy.Metrics.Observe("lb.certificate.expires_in", "lb.listener=secure", "lb.certificate=www.example.com"), (days * 86_400) - 2, days * 86_400);
        Assert.Equal(warning is null ? [] : [warning], proxy.Logs.Records.Select(record => record.Message).Where(message => message.Contains("expire", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_typed_serves_too()
    {
        using var certificate = _authority.Issue("typed.example");
        var (file, key) = _authority.WritePem("typed", certificate);
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { Servers = [a.Address], Listen = ["https://127.0.0.1:0"], TlsCertificates = [file], TlsKeys = [key] });
        using var client = new TlsClient(proxy);

        Assert.Equal(("a", "typed.example"), (await client.GetAsync("typed.example"), client.ShownName));
    }

    [Fact]
    public async Task Clients_are_sent_from_http_to_https()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(a,
        [
            .. Pem("www.example.com"),
            ("plain:Url", "http://127.0.0.1:0"),
            ("Routes:secure:Order", "-1"),
            ("Routes:secure:Redirect:Scheme", "https"),
            ("Routes:rest:ClusterId", "web"),
        ]);
        using var client = new TlsClient(proxy);
        using var plain = await RawClient.ConnectAsync(proxy.Addresses.Listeners.Single(address => address.StartsWith("http:", StringComparison.Ordinal)));

        var sent = await plain.AskAsync("GET /path?q=1 HTTP/1.1\r\nHost: www.example.com\r\n\r\n");

        Assert.Equal((308, "https://www.example.com/path?q=1", "a"), (sent.Status, sent.Header("Location"), await client.GetAsync("www.example.com")));
    }

    private static (string Key, string Value)[] Files(int index, (string File, string KeyFile) files) =>
        [($"Tls:Certificates:{index}:File", files.File), ($"Tls:Certificates:{index}:KeyFile", files.KeyFile)];

    private (string Key, string Value)[] Pem(string name, int index = 0)
    {
        using var certificate = _authority.Issue(name);
        return Files(index, _authority.WritePem($"{index}", certificate));
    }

    // Keys are those of the listener "secure", of another listener, or of routes.
    private Task<ProxyHost> StartAsync(FakeDestination destination, params (string Key, string Value)[] settings)
    {
        var all = settings.ToDictionary(
            setting => setting.Key switch
            {
                _ when setting.Key == "Engine" || setting.Key.StartsWith("Routes:", StringComparison.Ordinal) => setting.Key,
                _ when setting.Key.StartsWith("plain:", StringComparison.Ordinal) => $"Listeners:{setting.Key}",
                _ => $"Listeners:secure:{setting.Key}",
            },
            string? (setting) => setting.Value);
        all["Listeners:secure:Url"] = "https://127.0.0.1:0";
        return ProxyHost.StartAsync(_clock, all, destination.Address);
    }

    private Task SaidAsync(ProxyHost proxy, string text) => Eventually.HoldsAsync(
        () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return proxy.Logs.Records.Any(record => record.Message.Contains(text, StringComparison.Ordinal));
        },
        $"the log says '{text}'");

    /// <summary>A client that takes any certificate, and remembers what it was shown.</summary>
    private sealed class TlsClient : IDisposable
    {
        private readonly HttpClient _client;
        private readonly Uri _address;
        private string _name = "";

        public TlsClient(ProxyHost proxy, X509Certificate2? own = null, SslProtocols protocols = SslProtocols.None)
        {
            _address = new Uri(proxy.Addresses.Listeners.First(address => address.StartsWith("https:", StringComparison.Ordinal)));
            var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectCallback = ConnectAsync };
            _client = new HttpClient(handler) { Timeout = Eventually.Deadline };

            async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, _address.Port, cancellationToken);
                var stream = new SslStream(new System.Net.Sockets.NetworkStream(socket, ownsSocket: true));
                await stream.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions
                    {
                        TargetHost = _name,
                        EnabledSslProtocols = protocols,
                        ClientCertificates = own is null ? null : [own],
                        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                        {
                            Shown = new X509Certificate2(certificate!).Thumbprint;
                            ShownName = new X509Certificate2(certificate!).Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames().First();
                            Handshakes++;
                            return certificate is not null;
                        },
                    },
                    cancellationToken);
                return stream;
            }
        }

        public string? Shown { get; private set; }

        public string? ShownName { get; private set; }

        public int Handshakes { get; private set; }

        public string? Hsts { get; private set; }

        public HttpStatusCode Status { get; private set; }

        public async Task<string> GetAsync(string name, params (string Name, string Value)[] fields)
        {
            _name = name;
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{name}:{_address.Port}/");
            foreach (var (field, value) in fields)
            {
                request.Headers.Add(field, value);
            }

            using var answer = await _client.SendAsync(request);
            Status = answer.StatusCode;
            Hsts = answer.Headers.TryGetValues("Strict-Transport-Security", out var values) ? string.Join(" and ", values) : null;
            return await answer.Content.ReadAsStringAsync();
        }

        // In TLS 1.3 a client learns of a refused certificate only when it reads.
        public async Task<bool> IsServedAsync(string name)
        {
            try
            {
                await GetAsync(name);
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
            catch (AuthenticationException)
            {
                return false;
            }
        }

        public void Dispose() => _client.Dispose();
    }
}
