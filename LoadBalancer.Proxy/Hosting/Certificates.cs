using System.Globalization;
using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>The certificates that listeners show to clients, and clusters to destinations. Their files are looked at by the clock: a new one is shown from the next handshake on, and one that will expire is warned of.</summary>
internal sealed partial class Certificates : BackgroundService
{
    /// <summary>How long before one expires it is warned of.</summary>
    public static readonly TimeSpan WarnBefore = TimeSpan.FromDays(14);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarnEvery = TimeSpan.FromDays(1);

    private readonly TimeProvider _time;
    private readonly ILogger<Certificates> _logger;
    private readonly Dictionary<Shown, DateTimeOffset> _warned = [];
    private readonly ClientCertificates _clients;
    private volatile IReadOnlyList<CertificatesInUse> _toClients = [];
    private volatile IReadOnlyList<CertificatesInUse> _toDestinations = [];

    public Certificates(ClientCertificates clients, TimeProvider time, ProxyMetrics metrics, ILogger<Certificates> logger)
    {
        (_clients, _time, _logger) = (clients, time, logger);
        metrics.ObserveCertificates(() => [.. All().Select(shown => new CertificateReading(
            shown.User.Listener, shown.User.Cluster, NameOf(shown.Certificate), (shown.Certificate.NotAfter - time.GetUtcNow()).TotalSeconds))]);
    }

    /// <summary>What all https listeners show.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="certificates">The certificates that it names.</param>
    /// <param name="errors">Gets what is wrong with them.</param>
    /// <returns>TLS of each listener, by the path of its URL in the configuration.</returns>
    public static IReadOnlyDictionary<string, ListenerTls> Prepare(LoadBalancerOptions options, ServerCertificates certificates, List<ConfigurationError> errors)
    {
        var prepared = new Dictionary<string, ListenerTls>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, listener) in options.Listeners.Where(pair => pair.Value.Tls.Certificates.Count + pair.Value.Tls.Acme.Count > 0))
        {
            var loaded = listener.Tls.Certificates.Select(certificates.Of).ToList();
            errors.AddRange(loaded.Select((one, index) => (one, index)).Where(pair => pair.one.Certificate is null)
                .Select(pair => new ConfigurationError($"Listeners:{name}:Tls:Certificates:{pair.index}:{pair.one.Key}", pair.one.Error)));
            prepared[$"Listeners:{name}:Url"] = new ListenerTls(name, listener, [.. loaded.Select(one => one.Certificate).OfType<ServerCertificate>(), .. listener.Tls.Acme.Select(of => certificates.Obtained(options.Acme!, of))]);
        }

        return prepared;
    }

    /// <summary>Follows the certificates of these listeners, and of no others.</summary>
    public void ShowToClients(IEnumerable<ListenerTls> listeners)
    {
        _toClients = [.. listeners.Select(listener => listener.Certificates)];
        Begin();
    }

    /// <summary>Follows the certificates of these clusters, and of no others.</summary>
    /// <param name="clusters">The clusters, by name.</param>
    /// <param name="read">The certificates as the configuration was checked with them.</param>
    public void ShowToDestinations(IReadOnlyDictionary<string, ClusterOptions> clusters, ServerCertificates read)
    {
        _toDestinations = _clients.Show(clusters, read);
        Begin();
    }

    private void Begin()
    {
        lock (_warned)
        {
            foreach (var gone in _warned.Keys.Except(All()).ToList())
            {
                _warned.Remove(gone);
            }
        }

        Warn();
    }

    /// <summary>What there is, for the operator.</summary>
    public IReadOnlyList<CertificateView> Read() =>
    [
        .. All().Select(shown => new CertificateView(
            shown.User.Listener,
            shown.User.Cluster,
            shown.Certificate.Names,
            shown.Certificate.Subject,
            shown.Certificate.Options.File,
            shown.Certificate.NotAfter.UtcDateTime,
            (int)Math.Floor((shown.Certificate.NotAfter - _time.GetUtcNow()).TotalDays))),
    ];

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(LookEvery, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var shown in InUse())
            {
                foreach (var certificate in shown.All)
                {
                    Look(shown, certificate);
                }
            }

            Warn();
        }
    }

    private void Look(CertificatesInUse shown, ServerCertificate certificate)
    {
        // What stands in for a file waits for that, whatever else changes where it will be.
        if (!certificate.HasChanged() || (certificate.IsStandIn && !File.Exists(certificate.Options.File)))
        {
            return;
        }

        var (loaded, _, error) = ServerCertificate.Load(certificate.Options);
        if (loaded is null)
        {
            if (shown.UnusableOf(certificate).Note(error))
            {
                Log.NotReplaced(_logger, certificate.Options.File, shown.User, error);
            }

            return;
        }

        shown.Replace(certificate, loaded);
        Log.Replaced(_logger, loaded.Options.File, shown.User, Day(loaded));
    }

    private void Warn()
    {
        var now = _time.GetUtcNow();
        foreach (var shown in All())
        {
            var certificate = shown.Certificate;
            if (certificate.IsStandIn || certificate.NotAfter - now > WarnsBefore(certificate) || (WarnedAt(shown) is { } at && now - at < WarnEvery))
            {
                continue;
            }

            lock (_warned)
            {
                _warned[shown] = now;
            }

            if (certificate.NotAfter > now)
            {
                Log.Expires(_logger, NameOf(certificate), shown.User, Day(certificate), (int)Math.Floor((certificate.NotAfter - now).TotalDays));
            }
            else
            {
                Log.Expired(_logger, NameOf(certificate), shown.User, Day(certificate));
            }
        }
    }

    // Those that are renewed by the proxy may live for days only: it is time to warn when half of the time has gone in which they should have been.
    private static TimeSpan WarnsBefore(ServerCertificate certificate) =>
        certificate.Options.IsObtained && (certificate.NotAfter - certificate.NotBefore) / 6 is var half && half < WarnBefore ? half : WarnBefore;

    private DateTimeOffset? WarnedAt(Shown shown)
    {
        lock (_warned)
        {
            return _warned.TryGetValue(shown, out var at) ? at : null;
        }
    }

    private IEnumerable<CertificatesInUse> InUse() => _toClients.Concat(_toDestinations);

    private IEnumerable<Shown> All() => InUse().SelectMany(shown => shown.All, (shown, certificate) => new Shown(shown.User, certificate));

    private static string NameOf(ServerCertificate certificate) => certificate.Names is [var name, ..] ? name : certificate.Subject;

    private static string Day(ServerCertificate certificate) => certificate.NotAfter.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private readonly record struct Shown(CertificateUser User, ServerCertificate Certificate);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "certificate {File} of {User} read again, it expires on {Day}")]
        public static partial void Replaced(ILogger logger, string file, CertificateUser user, string day);

        [LoggerMessage(2, LogLevel.Error, "certificate {File} of {User} has changed and cannot be used, the last good one stays: {Error}")]
        public static partial void NotReplaced(ILogger logger, string file, CertificateUser user, string error);

        [LoggerMessage(3, LogLevel.Warning, "the certificate for {Name} of {User} expires on {Day}, in {Days} days")]
        public static partial void Expires(ILogger logger, string name, CertificateUser user, string day, int days);

        [LoggerMessage(4, LogLevel.Error, "the certificate for {Name} of {User} has expired on {Day}")]
        public static partial void Expired(ILogger logger, string name, CertificateUser user, string day);
    }
}
