using System.Net.Sockets;
using LoadBalancer.Proxy.Acme;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>
/// The listeners of clients and operator, as the configuration says, also while they run. What cannot be listened on is found out before anything changes;
/// an engine would find out too late.
/// </summary>
internal sealed partial class Listeners(ReservedSockets sockets, IEngine engine, Certificates certificates, ILogger<Listeners> logger)
{
    private Plan _open = new([], []);
    private IReadOnlyDictionary<string, ListenerTls> _prepared = Named.Empty<ListenerTls>();

    /// <summary>The listener of the operator, as its own server watches it; none when that is off.</summary>
    public KestrelEndpoints Admin { get; } = new();

    /// <summary>Makes sure that the listeners of these options can be opened, which <see cref="Apply"/> then does.</summary>
    /// <exception cref="ConfigurationException">One cannot; nothing has changed.</exception>
    public void Reserve(LoadBalancerOptions options, ServiceDirectory? services = null, ServerCertificates? read = null)
    {
        var errors = new List<ConfigurationError>();
        _prepared = Certificates.Prepare(options, read ?? new ServerCertificates(), errors);
        PrepareFolder(options.Acme, errors);
        foreach (var listener in _open.AdditionsOf(Plan.Of(options, services)).All)
        {
            try
            {
                sockets.Reserve(listener.Address, listener.SocketMode);
            }
            catch (Exception exception) when (exception is SocketException or IOException or UnauthorizedAccessException)
            {
                errors.Add(new ConfigurationError(listener.Path, $"cannot listen on {listener.Address}: {Explain(exception, listener.Address)}") { IsOfSocket = true });
            }
        }

        if (errors.Count > 0)
        {
            Release();
            throw new ConfigurationException(errors);
        }
    }

    /// <summary>Finds what is wrong with the listeners of these options, as far as that shows without opening them.</summary>
    /// <exception cref="ConfigurationException">Something is.</exception>
    public static void Check(LoadBalancerOptions options, ServerCertificates read)
    {
        var errors = new List<ConfigurationError>();
        Certificates.Prepare(options, read, errors);
        if (errors.Count > 0)
        {
            throw new ConfigurationException(errors);
        }
    }

    /// <summary>Lets go of what was reserved and is not to be opened.</summary>
    public void Release() => sockets.ReleaseAllBut(_open.Addresses);

    /// <summary>Closes what is reserved and not open yet, and opens nothing from now on.</summary>
    public void Stop() => sockets.Stop();

    /// <summary>Opens the listeners of these options, and closes those that are not in them.</summary>
    public void Apply(LoadBalancerOptions options, ServiceDirectory? services = null)
    {
        var wanted = Plan.Of(options, services);
        wanted = wanted with { Clients = [.. wanted.Clients.Select(listener => listener with { Tls = _prepared.GetValueOrDefault(listener.Path) })] };
        certificates.ShowToClients(_prepared.Values);
        TellOfHttp3(wanted);
        SetModes(wanted);

        // In two steps, for a web server opens nothing before the requests on what it closes have ended, or had five seconds to end.
        Serve(_open.With(_open.AdditionsOf(wanted)), options.Limits);
        Serve(wanted, options.Limits);
        _open = wanted;
        Release();
    }

    private static string Explain(Exception exception, ListenAddress address) =>
        exception is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } && address.UnixPath is { } path && !SocketFile.IsSocket(path)
            ? "a file is there that is no socket"
            : exception.Message;

    private static void PrepareFolder(AcmeOptions? acme, List<ConfigurationError> errors)
    {
        try
        {
            if (acme is not null)
            {
                new AcmeFolder(acme.AuthorityFolder).Prepare();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            errors.Add(new ConfigurationError($"{nameof(LoadBalancerOptions.Acme)}:{nameof(AcmeOptions.Folder)}", $"cannot write to '{acme!.Folder}': {exception.Message}"));
        }
    }

    // Of those that are open already; new ones have been made with it.
    private void SetModes(Plan wanted)
    {
        foreach (var listener in wanted.Clients.Where(listener => listener.SocketMode is not null && _open.Clients.Any(open => open.IsSameAs(listener) && open.SocketMode != listener.SocketMode)))
        {
            try
            {
                SocketFile.SetMode(listener.Address.UnixPath!, listener.SocketMode);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Log.WithoutMode(logger, listener.Address, exception.Message);
            }
        }
    }

    private void TellOfHttp3(Plan wanted)
    {
        foreach (var listener in wanted.Clients.Where(listener => !Http3.IsHere && listener.Protocols.HasHttp3() && !_open.Clients.Any(listener.IsSameAs)))
        {
            Log.WithoutHttp3(logger, listener.Address, Http3.Missing);
        }
    }

    private void Serve(Plan plan, LimitOptions limits)
    {
        engine.Serve(plan.Clients, limits);
        Admin.Publish(plan.Operator);
    }

    /// <param name="Clients">Where requests are accepted.</param>
    /// <param name="Operator">Where the operator is; one or none.</param>
    private sealed record Plan(IReadOnlyList<Listener> Clients, IReadOnlyList<Listener> Operator)
    {
        public IEnumerable<Listener> All => [.. Clients, .. Operator];

        public IReadOnlyCollection<ListenAddress> Addresses => [.. All.Select(listener => listener.Address)];

        public static Plan Of(LoadBalancerOptions options, ServiceDirectory? services) => new(
            [.. EngineChoice.Of(options, services).Listeners.Select(Chosen)],
            options.Admin.Url.Equals(AdminOptions.Off, StringComparison.OrdinalIgnoreCase) ? [] : [new Listener("Admin:Url", options.Admin.Url)]);

        public Plan With(Plan additions) => new([.. Clients, .. additions.Clients], [.. Operator, .. additions.Operator]);

        /// <summary>What of another plan can be opened beside this one. Not so <c>*:80</c> beside <c>127.0.0.1:80</c>, which must be closed first.</summary>
        public Plan AdditionsOf(Plan wanted)
        {
            var closing = Missing(Clients, wanted.Clients).Concat(Missing(Operator, wanted.Operator)).Select(listener => listener.Address.Port).Where(port => port != 0).ToHashSet();
            return new(Opening(wanted.Clients, Clients), Opening(wanted.Operator, Operator));

            Listener[] Opening(IReadOnlyList<Listener> those, IReadOnlyList<Listener> open) =>
                [.. Missing(those, open).Where(listener => !closing.Contains(listener.Address.Port))];
        }

        private static Listener Chosen(ListenerEngine chosen) => new(chosen.Path, chosen.Address, chosen.Engine)
        {
            Protocols = chosen.Options.Protocols.OrDefault(chosen.Address.IsTls),
            SocketMode = chosen.Options.SocketMode is { } mode ? SocketFile.ModeOf(mode) : null,
            ProxyProtocol = chosen.Options.ProxyProtocol is { } header ? new TrustedProxies(header.From ?? []) : null,
        };

        private static IEnumerable<Listener> Missing(IReadOnlyList<Listener> those, IReadOnlyList<Listener> among) =>
            those.Where(listener => !among.Any(listener.IsSameAs));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Address} is served without HTTP/3: {Reason}")]
        public static partial void WithoutHttp3(ILogger logger, ListenAddress address, string reason);

        [LoggerMessage(2, LogLevel.Error, "the mode of {Address} could not be changed: {Reason}")]
        public static partial void WithoutMode(ILogger logger, ListenAddress address, string reason);
    }
}
