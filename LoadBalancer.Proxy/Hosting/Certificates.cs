using System.Globalization;
using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>The certificates that listeners show. Their files are looked at by the clock: a new one is shown from the next handshake on, and one that will expire is warned of.</summary>
internal sealed partial class Certificates : BackgroundService
{
    /// <summary>How long before one expires it is warned of.</summary>
    public static readonly TimeSpan WarnBefore = TimeSpan.FromDays(14);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarnEvery = TimeSpan.FromDays(1);

    private readonly TimeProvider _time;
    private readonly ILogger<Certificates> _logger;
    private readonly Dictionary<(string Listener, ServerCertificate Certificate), DateTimeOffset> _warned = [];
    private readonly Dictionary<(string Listener, ServerCertificate Certificate), UnusableFiles> _unusable = [];
    private volatile IReadOnlyList<ListenerTls> _shown = [];

    public Certificates(TimeProvider time, ProxyMetrics metrics, ILogger<Certificates> logger)
    {
        (_time, _logger) = (time, logger);
        metrics.ObserveCertificates(() => [.. Shown().Select(shown => new CertificateReading(shown.Listener, NameOf(shown.Certificate), (shown.Certificate.NotAfter - time.GetUtcNow()).TotalSeconds))]);
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
    public void Show(IEnumerable<ListenerTls> listeners)
    {
        _shown = [.. listeners];
        lock (_warned)
        {
            foreach (var gone in _warned.Keys.Except(Shown()).ToList())
            {
                _warned.Remove(gone);
            }
        }

        Warn();
    }

    /// <summary>What there is, for the operator.</summary>
    public IReadOnlyList<CertificateView> Read() =>
    [
        .. Shown().Select(shown => new CertificateView(
            shown.Listener,
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
            foreach (var listener in _shown)
            {
                foreach (var certificate in listener.Certificates)
                {
                    Look(listener, certificate);
                }
            }

            Warn();
        }
    }

    private void Look(ListenerTls listener, ServerCertificate certificate)
    {
        // What stands in for a file waits for that, whatever else changes where it will be.
        if (!certificate.HasChanged() || (certificate.IsStandIn && !File.Exists(certificate.Options.File)))
        {
            return;
        }

        var (loaded, _, error) = ServerCertificate.Load(certificate.Options);
        if (loaded is null)
        {
            if (!_unusable.TryGetValue((listener.Listener, certificate), out var unusable))
            {
                _unusable[(listener.Listener, certificate)] = unusable = new UnusableFiles();
            }

            if (unusable.Note(error))
            {
                Log.NotReplaced(_logger, certificate.Options.File, listener.Listener, error);
            }

            return;
        }

        listener.Replace(certificate, loaded);
        _unusable.Remove((listener.Listener, certificate));
        Log.Replaced(_logger, loaded.Options.File, listener.Listener, Day(loaded));
    }

    private void Warn()
    {
        var now = _time.GetUtcNow();
        foreach (var (listener, certificate) in Shown())
        {
            if (certificate.IsStandIn || certificate.NotAfter - now > WarnsBefore(certificate) || (WarnedAt((listener, certificate)) is { } at && now - at < WarnEvery))
            {
                continue;
            }

            lock (_warned)
            {
                _warned[(listener, certificate)] = now;
            }

            if (certificate.NotAfter > now)
            {
                Log.Expires(_logger, NameOf(certificate), listener, Day(certificate), (int)Math.Floor((certificate.NotAfter - now).TotalDays));
            }
            else
            {
                Log.Expired(_logger, NameOf(certificate), listener, Day(certificate));
            }
        }
    }

    // Those that are renewed by the proxy may live for days only: it is time to warn when half of the time has gone in which they should have been.
    private static TimeSpan WarnsBefore(ServerCertificate certificate) =>
        certificate.Options.IsObtained && (certificate.NotAfter - certificate.NotBefore) / 6 is var half && half < WarnBefore ? half : WarnBefore;

    private DateTimeOffset? WarnedAt((string Listener, ServerCertificate Certificate) shown)
    {
        lock (_warned)
        {
            return _warned.TryGetValue(shown, out var at) ? at : null;
        }
    }

    private IEnumerable<(string Listener, ServerCertificate Certificate)> Shown() =>
        _shown.SelectMany(listener => listener.Certificates, (listener, certificate) => (listener.Listener, certificate));

    private static string NameOf(ServerCertificate certificate) => certificate.Names is [var name, ..] ? name : certificate.Subject;

    private static string Day(ServerCertificate certificate) => certificate.NotAfter.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "certificate {File} of listener {Listener} read again, it expires on {Day}")]
        public static partial void Replaced(ILogger logger, string file, string listener, string day);

        [LoggerMessage(2, LogLevel.Error, "certificate {File} of listener {Listener} has changed and cannot be used, the last good one stays: {Error}")]
        public static partial void NotReplaced(ILogger logger, string file, string listener, string error);

        [LoggerMessage(3, LogLevel.Warning, "the certificate for {Name} of listener {Listener} expires on {Day}, in {Days} days")]
        public static partial void Expires(ILogger logger, string name, string listener, string day, int days);

        [LoggerMessage(4, LogLevel.Error, "the certificate for {Name} of listener {Listener} has expired on {Day}")]
        public static partial void Expired(ILogger logger, string name, string listener, string day);
    }
}
