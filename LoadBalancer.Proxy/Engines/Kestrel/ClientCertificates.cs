using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Authentication;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The certificates that the proxy shows to destinations. Their files are looked at as connections are made, once a second at most: connections that are open keep the one that they began with.</summary>
internal sealed partial class ClientCertificates(TimeProvider time, ILogger<ClientCertificates> logger)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<CertificateOptions, Entry> _entries = new();

    /// <summary>The certificate that these options name, as its files have it now; the last good one where they cannot be used.</summary>
    /// <exception cref="AuthenticationException">There has been no good one.</exception>
    public SslStreamCertificateContext Of(CertificateOptions options)
    {
        var entry = _entries.GetOrAdd(options, static _ => new Entry());
        lock (entry)
        {
            if (entry.Certificate is null || time.GetElapsedTime(entry.LookedAt) >= LookEvery)
            {
                entry.LookedAt = time.GetTimestamp();
                Look_NeedsLock(entry, options);
            }

            return entry.Certificate?.Context ?? throw new AuthenticationException($"client certificate cannot be used: {entry.Error}");
        }
    }

    private void Look_NeedsLock(Entry entry, CertificateOptions options)
    {
        if (entry.Certificate is { } known && !known.HasChanged())
        {
            return;
        }

        var (loaded, _, error) = ServerCertificate.Load(options);
        if (loaded is not null)
        {
            if (entry.Certificate is not null)
            {
                Log.Replaced(logger, options.File);
            }

            (entry.Certificate, entry.Error, entry.Unusable) = (loaded, "", new UnusableFiles());
            return;
        }

        entry.Error = error;
        if (entry.Unusable.Note(error))
        {
            Log.NotReplaced(logger, options.File, error);
        }
    }

    private sealed class Entry
    {
        public ServerCertificate? Certificate { get; set; }

        public long LookedAt { get; set; }

        public string Error { get; set; } = "";

        public UnusableFiles Unusable { get; set; } = new();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "client certificate {File} read again: destinations are shown it from the next connection on")]
        public static partial void Replaced(ILogger logger, string file);

        [LoggerMessage(2, LogLevel.Error, "client certificate {File} cannot be used, destinations are shown the last good one: {Error}")]
        public static partial void NotReplaced(ILogger logger, string file, string error);
    }
}
