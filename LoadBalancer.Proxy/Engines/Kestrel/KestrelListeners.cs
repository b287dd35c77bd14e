using System.Text;
using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// Opens and closes the web server's listeners as the configuration says, also while it runs:
/// the server watches a configuration of its own, which this writes.
/// </summary>
internal sealed class KestrelListeners : IConfigurationSource
{
    private const string AdminEndpoint = "admin";
    private const string NoLineFeedAlone = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    private readonly EndpointProvider _endpoints = new();
    private ListenOptions? _admin;

    /// <summary>Opens the listeners of these options, and closes those that are not in them.</summary>
    public void Apply(LoadBalancerOptions options)
    {
        var endpoints = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var listeners = options.Listeners.Count > 0
            ? options.Listeners
            : new Dictionary<string, ListenerOptions> { ["default"] = new() { Url = ListenerOptions.DefaultUrl } };
        foreach (var (name, listener) in listeners)
        {
            Add($"listener-{name}", listener.Url);
        }

        if (!options.Admin.Url.Equals(AdminOptions.Off, StringComparison.OrdinalIgnoreCase))
        {
            Add(AdminEndpoint, options.Admin.Url);
        }

        _endpoints.Publish(endpoints);

        void Add(string name, string url)
        {
            endpoints[$"Endpoints:{name}:Url"] = url;

            // Over plain text the server cannot tell which version a client means, and takes it for HTTP/1.1.
            endpoints[$"Endpoints:{name}:Protocols"] = nameof(HttpProtocols.Http1);
        }
    }

    /// <summary>Sets the web server up for a proxy: it streams whatever it gets, and lets the forwarder watch over time.</summary>
    public void Configure(KestrelServerOptions server)
    {
        // A line ends with CR and LF. Who takes LF alone for an end of line sees other lines than who does not.
        AppContext.SetSwitch(NoLineFeedAlone, true);
        server.AddServerHeader = false;

        // The target's authority wins over the Host field (RFC 9112, 3.2.2).
        server.AllowHostHeaderOverride = true;

        // One byte a character: whatever bytes a field value has, they go through (RFC 9110, 5.5).
        server.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        server.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        server.Limits.MaxRequestBodySize = null;
        server.Limits.MinRequestBodyDataRate = null;
        server.Limits.MinResponseDataRate = null;
        server.Configure(new ConfigurationBuilder().Add(this).Build(), reloadOnChange: true)
            .Endpoint(AdminEndpoint, endpoint =>
            {
                _admin = endpoint.ListenOptions;
                endpoint.ListenOptions.Use(AdminConnection.Mark);
            });
    }

    /// <summary>The addresses that the started server listens on.</summary>
    public ProxyAddresses Read(IServer server)
    {
        var addresses = server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var admin = _admin?.ToString();
        return new ProxyAddresses([.. addresses.Where(address => address != admin)], addresses.FirstOrDefault(address => address == admin));
    }

    /// <inheritdoc />
    IConfigurationProvider IConfigurationSource.Build(IConfigurationBuilder builder) => _endpoints;

    private sealed class EndpointProvider : ConfigurationProvider
    {
        public void Publish(Dictionary<string, string?> endpoints)
        {
            if (endpoints.Count == Data.Count && endpoints.All(pair => Data.TryGetValue(pair.Key, out var value) && value == pair.Value))
            {
                return;
            }

            Data = endpoints;
            OnReload();
        }
    }
}

/// <summary>Tells the operator's connections from the clients'. It goes by the listener that accepted them: what a request says of its host is no proof.</summary>
internal static class AdminConnection
{
    /// <summary>Whether the request came over the admin listener.</summary>
    public static bool IsAdmin(HttpContext context) => context.Features.Get<Feature>() is not null;

    /// <summary>Marks each connection of a listener as the operator's.</summary>
    public static ConnectionDelegate Mark(ConnectionDelegate next) => connection =>
    {
        connection.Features.Set(Feature.Instance);
        return next(connection);
    };

    private sealed class Feature
    {
        public static readonly Feature Instance = new();
    }
}
