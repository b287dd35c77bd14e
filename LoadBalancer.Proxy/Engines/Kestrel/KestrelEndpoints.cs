using System.Text;
using Microsoft.AspNetCore.Server.Kestrel;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The listeners of one web server, as a configuration that it watches: it opens and closes what is added and goes.</summary>
internal sealed class KestrelEndpoints : ConfigurationProvider, IConfigurationSource
{
    private const string NoLineFeedAlone = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    private readonly Dictionary<string, SecureEndpoint> _secure = new(StringComparer.OrdinalIgnoreCase);
    private KestrelConfigurationLoader? _loader;

    public KestrelEndpoints() => Configuration = new ConfigurationBuilder().Add(this).Build();

    /// <summary>The configuration.</summary>
    public IConfiguration Configuration { get; }

    /// <inheritdoc />
    IConfigurationProvider IConfigurationSource.Build(IConfigurationBuilder builder) => this;

    /// <summary>Makes the listeners be these.</summary>
    public void Publish(IEnumerable<Listener> listeners)
    {
        var endpoints = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var listener in listeners)
        {
            var name = listener.Name.Replace(':', '_');

            // Of TLS it knows nothing: its own configuration of that knows neither names nor reloads as ours does.
            endpoints[$"Endpoints:{name}:Url"] = (listener.Address with { IsTls = false }).ToString();
            if (listener.Tls is { } tls)
            {
                Secure(name, tls);
            }

            // Over plain text the server cannot tell which version a client means, and takes it for HTTP/1.1.
            endpoints[$"Endpoints:{name}:Protocols"] = nameof(HttpProtocols.Http1);
        }

        if (endpoints.Count != Data.Count || endpoints.Any(pair => !Data.TryGetValue(pair.Key, out var value) || value != pair.Value))
        {
            Data = endpoints;
            OnReload();
        }
    }

    /// <summary>Sets a server up for these listeners and for a proxy: it streams whatever it gets, and lets others watch over time.</summary>
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
        _loader = server.Configure(Configuration, reloadOnChange: true);
        foreach (var (name, endpoint) in _secure)
        {
            _loader.Endpoint(name, opened => endpoint.Configure(opened.ListenOptions));
        }
    }

    // The server asks for it when it opens the endpoint, and again when it opens it anew.
    private void Secure(string name, ListenerTls tls)
    {
        if (_secure.TryGetValue(name, out var known))
        {
            known.Tls = tls;
            return;
        }

        var endpoint = _secure[name] = new SecureEndpoint(tls);
        _loader?.Endpoint(name, opened => endpoint.Configure(opened.ListenOptions));
    }
}
