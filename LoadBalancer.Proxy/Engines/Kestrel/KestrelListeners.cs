using System.Net;
using System.Net.Sockets;
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
    private const string ListenerPrefix = "listener-";
    private const string NoLineFeedAlone = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    private readonly EndpointProvider _endpoints = new();
    private IReadOnlyDictionary<string, string> _inForce = new Dictionary<string, string>();
    private ListenOptions? _admin;

    /// <summary>Opens the listeners of these options, and closes those that are not in them.</summary>
    public void Apply(LoadBalancerOptions options)
    {
        _inForce = AddressesOf(options);
        var endpoints = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, url) in _inForce)
        {
            endpoints[$"Endpoints:{name}:Url"] = url;

            // Over plain text the server cannot tell which version a client means, and takes it for HTTP/1.1.
            endpoints[$"Endpoints:{name}:Protocols"] = nameof(HttpProtocols.Http1);
        }

        _endpoints.Publish(endpoints);
    }

    /// <summary>Tries whether the listeners could be opened that these options have and those in force have not.</summary>
    /// <remarks>The server opens and closes later and by itself, and a listener that it cannot open it merely logs: then it is too late to stay with the old ones.</remarks>
    /// <exception cref="ConfigurationException">One could not.</exception>
    public void Try(LoadBalancerOptions options)
    {
        var ours = _inForce.Values.Select(url => ListenAddress.Parse(url).Address?.Port).ToHashSet();
        var errors = new List<ConfigurationError>();
        foreach (var (name, url) in AddressesOf(options))
        {
            // A port that is ours already is closed before it is opened anew.
            if (ListenAddress.Parse(url).Address is { } address && !ours.Contains(address.Port) && WhyNot(address) is { } reason)
            {
                errors.Add(new ConfigurationError(name == AdminEndpoint ? "Admin:Url" : $"Listeners:{name[ListenerPrefix.Length..]}:Url", $"cannot listen on {url}: {reason}"));
            }
        }

        if (errors.Count > 0)
        {
            throw new ConfigurationException(errors);
        }
    }

    private static Dictionary<string, string> AddressesOf(LoadBalancerOptions options)
    {
        var addresses = options.Listeners.ToDictionary(listener => ListenerPrefix + listener.Key, listener => listener.Value.Url);
        if (addresses.Count == 0)
        {
            addresses[ListenerPrefix + "default"] = ListenerOptions.DefaultUrl;
        }

        if (!options.Admin.Url.Equals(AdminOptions.Off, StringComparison.OrdinalIgnoreCase))
        {
            addresses[AdminEndpoint] = options.Admin.Url;
        }

        return addresses;
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

    // Why the address cannot be listened on, or null when it can.
    private static string? WhyNot(ListenAddress address)
    {
        try
        {
            foreach (var ip in address.Addresses)
            {
                using var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(ip, address.Port));
                socket.Listen();
            }

            return null;
        }
        catch (SocketException exception)
        {
            return exception.Message;
        }
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
