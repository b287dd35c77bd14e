using System.Diagnostics;
using System.Net.Security;
using System.Net.WebSockets;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>A proxy with one listener, <c>main</c>, of one scheme and its versions of HTTP, and clients that speak just one version.</summary>
internal sealed class ProtocolProxy : IAsyncDisposable
{
    private readonly TestAuthority _authority;
    private readonly List<IDisposable> _clients = [];

    private ProtocolProxy(TestAuthority authority, ProxyHost host) => (_authority, Host) = (authority, host);

    public ProxyHost Host { get; }

    public string Address => Host.Address;

    /// <summary>Starts one.</summary>
    /// <param name="authority">Vouches for the proxy, and for destinations.</param>
    /// <param name="scheme">http or https.</param>
    /// <param name="protocols">The value of the key; null for none.</param>
    /// <param name="settings">Further settings.</param>
    /// <param name="addresses">The destinations of the cluster.</param>
    public static async Task<ProtocolProxy> StartAsync(TestAuthority authority, string scheme, string? protocols, Dictionary<string, string?>? settings, params string[] addresses)
    {
        // Whatever engine a run is for: what is asked for here, one of them has.
        var all = new Dictionary<string, string?>(settings ?? [])
        {
            ["Engine"] = "Auto",
            ["Listeners:main:Url"] = $"{scheme}://127.0.0.1:0",
            ["Listeners:main:Protocols"] = protocols,
            ["Clusters:web:HttpClient:Tls:CertificateAuthorities"] = authority.PemFile,
        };
        if (scheme == "https")
        {
            using var certificate = authority.Issue("127.0.0.1", "localhost");
            (all["Listeners:main:Tls:Certificates:0:File"], all["Listeners:main:Tls:Certificates:0:KeyFile"]) = authority.WritePem("listener", certificate);
        }

        return new ProtocolProxy(authority, await ProxyHost.StartAsync(all, addresses));
    }

    /// <summary>A client that speaks this version and no other.</summary>
    public HttpClient Client(Version version)
    {
        var client = new HttpClient(Handler())
        {
            BaseAddress = new Uri(Address),
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Eventually.Deadline,
        };
        _clients.Add(client);
        return client;
    }

    /// <summary>Opens a WebSocket over this version.</summary>
    public async Task<ClientWebSocket> OpenWebSocketAsync(Version version, string path = "/")
    {
        var socket = new ClientWebSocket { Options = { HttpVersion = version, HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact } };
        var invoker = new HttpMessageInvoker(Handler());
        _clients.Add(socket);
        _clients.Add(invoker);
        await socket.ConnectAsync(new Uri(Address.Replace("http", "ws", StringComparison.Ordinal) + path), invoker, CancellationToken.None).InTime();
        return socket;
    }

    /// <summary>The wire of a client that trusts the authority.</summary>
    public SocketsHttpHandler Handler() => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        EnableMultipleHttp2Connections = true,
        ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
        SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = _authority.ChainPolicy() },
    };

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await Host.DisposeAsync();
    }
}
