using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The listeners of one web server, as a configuration that it watches: it opens and closes what is added and goes.</summary>
internal sealed class KestrelEndpoints : ConfigurationProvider, IConfigurationSource
{
    private const string NoLineFeedAlone = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    private readonly Dictionary<string, ListenerEndpoint> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly ProxyMetrics? _metrics;
    private readonly TlsChallenges? _challenges;
    private KestrelConfigurationLoader? _loader;
    private KestrelServerLimits? _limits;

    /// <param name="metrics">Is told of connections that are let go; null where nobody wants to know.</param>
    /// <param name="challenges">What a certificate authority may ask for in TLS; null where there is no TLS.</param>
    public KestrelEndpoints(ProxyMetrics? metrics = null, TlsChallenges? challenges = null)
    {
        (_metrics, _challenges) = (metrics, challenges);
        Configuration = new ConfigurationBuilder().Add(this).Build();
    }

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
            Know(name, listener);

            // Which of them a connection speaks is for ProtocolChoice to say, so that a change of that needs no other endpoint.
            endpoints[$"Endpoints:{name}:Protocols"] = OpenedFor(listener).ToString();
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
        _limits = server.Limits;
        _loader = server.Configure(Configuration, reloadOnChange: true);
        foreach (var (name, endpoint) in _known)
        {
            Follow(name, endpoint);
        }
    }

    // The server asks for it when it opens the endpoint, and again when it opens it anew.
    private void Know(string name, Listener listener)
    {
        if (_known.TryGetValue(name, out var known))
        {
            known.Listener = listener;
            return;
        }

        Follow(name, _known[name] = new ListenerEndpoint(listener, _challenges));
    }

    private void Follow(string name, ListenerEndpoint endpoint) => _loader?.Endpoint(name, opened => endpoint.Configure(opened.ListenOptions, _limits!, _metrics));

    private static HttpProtocols OpenedFor(Listener listener) => listener switch
    {
        { Tls: null } => HttpProtocols.Http1,
        { Protocols: ListenerProtocols.Http3 } => HttpProtocols.Http3,
        _ => listener.Protocols.HasHttp3() && Http3.IsHere ? HttpProtocols.Http1AndHttp2AndHttp3 : HttpProtocols.Http1AndHttp2,
    };
}
