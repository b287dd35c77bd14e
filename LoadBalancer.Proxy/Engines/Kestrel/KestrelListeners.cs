using System.Net.Sockets;
using System.Text;
using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// Opens and closes the listeners of the web servers, the clients' and the operator's, as the configuration says, also while they run:
/// each server watches a configuration of its own, which this writes.
/// </summary>
internal sealed class KestrelListeners(ReservedSockets sockets)
{
    private const string NoLineFeedAlone = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    private readonly EndpointProvider _traffic = new();
    private readonly EndpointProvider _admin = new();
    private List<Listener> _open = [];
    private KestrelServerLimits? _limits;

    /// <summary>The endpoints of the operator's server, as it reads them; none when that is off.</summary>
    public IConfiguration Admin => _admin.Endpoints;

    /// <summary>Makes sure that the listeners of these options can be opened, which <see cref="Apply"/> then does.</summary>
    /// <exception cref="ConfigurationException">One cannot; nothing has changed.</exception>
    public void Reserve(LoadBalancerOptions options)
    {
        var wanted = ListenersOf(options);
        var errors = new List<ConfigurationError>();
        foreach (var listener in Additions(wanted))
        {
            try
            {
                sockets.Reserve(listener.Address);
            }
            catch (SocketException exception)
            {
                errors.Add(new ConfigurationError(listener.Path, $"cannot listen on {listener.Address}: {exception.Message}"));
            }
        }

        if (errors.Count > 0)
        {
            Release();
            throw new ConfigurationException(errors);
        }
    }

    /// <summary>Lets go of what was reserved and is not to be opened.</summary>
    public void Release() => sockets.ReleaseAllBut(AddressesOf(_open));

    /// <summary>Closes what is reserved and not open yet, and opens nothing from now on.</summary>
    public void Stop() => sockets.Stop();

    /// <summary>Opens the listeners of these options, and closes those that are not in them.</summary>
    public void Apply(LoadBalancerOptions options)
    {
        var wanted = ListenersOf(options);

        // Connections that are open keep the limits that they began with.
        _limits?.KeepAliveTimeout = options.Limits.KeepAliveTimeout;

        // In two steps, for the server opens nothing before the requests on what it closes have ended, or had five seconds to end.
        Publish([.. _open, .. Additions(wanted)]);
        Publish(wanted);
        _open = wanted;
        sockets.ReleaseAllBut(AddressesOf(wanted));
    }

    /// <summary>Sets the clients' server up.</summary>
    public void Configure(KestrelServerOptions server)
    {
        Configure(server, _traffic.Endpoints);
        _limits = server.Limits;
    }

    /// <summary>Sets the operator's server up.</summary>
    public void ConfigureAdmin(KestrelServerOptions server) => Configure(server, _admin.Endpoints);

    // For a proxy: the server streams whatever it gets, and lets the forwarder watch over time.
    private static void Configure(KestrelServerOptions server, IConfiguration endpoints)
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
        server.Configure(endpoints, reloadOnChange: true);
    }

    private static List<Listener> ListenersOf(LoadBalancerOptions options)
    {
        List<Listener> listeners = options.Listeners.Count > 0
            ? [.. options.Listeners.Select(listener => new Listener($"Listeners:{listener.Key}:Url", listener.Value.Url))]
            : [new Listener("Listeners", ListenerOptions.DefaultUrl)];
        if (!options.Admin.Url.Equals(AdminOptions.Off, StringComparison.OrdinalIgnoreCase))
        {
            listeners.Add(new Listener(Listener.AdminPath, options.Admin.Url));
        }

        return listeners;
    }

    private static List<ListenAddress> AddressesOf(List<Listener> listeners) => listeners.ConvertAll(listener => listener.Address);

    /// <summary>What can be opened beside what is open. Not so <c>*:80</c> beside <c>127.0.0.1:80</c>, which must be closed first.</summary>
    private IEnumerable<Listener> Additions(List<Listener> wanted)
    {
        var closing = _open.Where(open => !wanted.Exists(open.IsSameAs)).Select(open => open.Address.Port).Where(port => port != 0).ToHashSet();
        return wanted.Where(listener => !_open.Exists(listener.IsSameAs) && !closing.Contains(listener.Address.Port));
    }

    private void Publish(List<Listener> listeners)
    {
        _traffic.Publish(listeners.Where(listener => !listener.IsAdmin));
        _admin.Publish(listeners.Where(listener => listener.IsAdmin));
    }

    /// <param name="Path">Where the configuration names it.</param>
    /// <param name="Address">Where it listens.</param>
    private sealed record Listener(string Path, ListenAddress Address)
    {
        public const string AdminPath = "Admin:Url";

        public Listener(string path, string url)
            : this(path, ListenAddress.Parse(url).Address ?? throw new ArgumentException($"'{url}' should have been refused.", nameof(url)))
        {
        }

        public bool IsAdmin => Path == AdminPath;

        /// <summary>
        /// The name that the web server knows it by. It is that of the address, so that a listener at its old address and the one at its new
        /// are two to the server, both open for a while. Only where the system chooses the port, the configuration's name tells one from the other.
        /// </summary>
        public string Name => $"{(IsAdmin ? "admin" : "listener")} {Address}{(Address.Port == 0 ? $" {Path}" : "")}".Replace(':', '_');

        public bool IsSameAs(Listener other) => Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase);
    }

    private sealed class EndpointProvider : ConfigurationProvider, IConfigurationSource
    {
        public EndpointProvider() => Endpoints = new ConfigurationBuilder().Add(this).Build();

        public IConfiguration Endpoints { get; }

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public void Publish(IEnumerable<Listener> listeners)
        {
            var endpoints = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            foreach (var listener in listeners)
            {
                endpoints[$"Endpoints:{listener.Name}:Url"] = listener.Address.ToString();

                // Over plain text the server cannot tell which version a client means, and takes it for HTTP/1.1.
                endpoints[$"Endpoints:{listener.Name}:Protocols"] = nameof(HttpProtocols.Http1);
            }

            if (endpoints.Count != Data.Count || endpoints.Any(pair => !Data.TryGetValue(pair.Key, out var value) || value != pair.Value))
            {
                Data = endpoints;
                OnReload();
            }
        }
    }
}
