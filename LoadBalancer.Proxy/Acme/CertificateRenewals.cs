using System.Globalization;
using System.Text.RegularExpressions;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Acme;

/// <summary>
/// Obtains the certificates that listeners want of an authority, and renews them in time. It puts them into the folder, where the listeners find them.
/// What fails is told once, and tried again with growing waits and at a reload; the certificate before stays.
/// </summary>
/// <param name="options">The configuration in force.</param>
/// <param name="obtain">Obtains a certificate.</param>
/// <param name="shared">Answers for other proxies.</param>
/// <param name="time">The clock.</param>
/// <param name="random">Spreads renewals over time.</param>
/// <param name="logger">Is told.</param>
/// <param name="started">Is cancelled when the listeners are open: before, no challenge could be answered.</param>
internal sealed partial class CertificateRenewals(
    Func<LoadBalancerOptions> options, ObtainCertificate obtain, SharedChallenges shared, TimeProvider time, Random random, ILogger<CertificateRenewals> logger, CancellationToken started) : BackgroundService
{
    /// <summary>How often certificates are looked at.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // For as long as another proxy has the folder.
    private static readonly TimeSpan TurnEvery = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Renewal> _renewals = new(StringComparer.Ordinal);
    private LoadBalancerOptions? _seen;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var watch = started.Register(open.SetResult);
        await open.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (options() is { Acme: { } acme } all)
            {
                ForgetWaitsAfterReload(all);
                LookAtShared(acme);
                foreach (var name in all.ObtainedNames())
                {
                    await LookAsync(acme, name, stoppingToken);
                }
            }

            await Task.Delay(LookEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // What the operator has changed, here or elsewhere, may have been the reason.
    private void ForgetWaitsAfterReload(LoadBalancerOptions all)
    {
        if (ReferenceEquals(all, _seen))
        {
            return;
        }

        _seen = all;
        foreach (var renewal in _renewals.Values)
        {
            (renewal.NotBefore, renewal.Told) = (renewal.AskedUntil, null);
        }
    }

    private void LookAtShared(AcmeOptions acme)
    {
        try
        {
            shared.Look(new AcmeFolder(acme.AuthorityFolder));
        }
        catch (Exception exception)
        {
            // Whatever stands there: whoever orders is told by the authority that nobody answered.
            Log.NotShared(logger, acme.AuthorityFolder, exception.Message);
        }
    }

    private async Task LookAsync(AcmeOptions acme, string name, CancellationToken stoppingToken)
    {
        var certificate = acme.CertificateOf(name);
        if (!_renewals.TryGetValue(certificate.File, out var renewal))
        {
            _renewals[certificate.File] = renewal = new Renewal();
        }

        Read(renewal, certificate, name);
        var now = time.GetUtcNow();
        if (stoppingToken.IsCancellationRequested || now < renewal.DueAt || now < renewal.NotBefore)
        {
            return;
        }

        try
        {
            await RenewAsync(acme, name, certificate, renewal, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The proxy stops; the next one orders anew.
        }
        catch (Exception exception)
        {
            Fail(acme, name, renewal, exception);
        }
    }

    private async Task RenewAsync(AcmeOptions acme, string name, CertificateOptions certificate, Renewal renewal, CancellationToken stoppingToken)
    {
        var folder = new AcmeFolder(acme.AuthorityFolder);
        using var turn = folder.TryTakeTurn();
        if (turn is null)
        {
            renewal.NotBefore = time.GetUtcNow() + TurnEvery;
            return;
        }

        // Whoever had the turn before may have done it.
        Read(renewal, certificate, name);
        if (time.GetUtcNow() < renewal.DueAt)
        {
            return;
        }

        folder.ForgetShared();
        using var key = folder.ReadKey();
        AcmeFolder.Write(certificate.File, await obtain(acme, key, name, stoppingToken));
        (renewal.Failures, renewal.Told) = (0, null);
        Read(renewal, certificate, name);
        Log.Obtained(logger, name, AuthorityOf(acme), Day(renewal.NotAfter), Day(renewal.DueAt));
    }

    private void Read(Renewal renewal, CertificateOptions options, string name)
    {
        var fingerprint = FileFingerprint.Of(options.File);
        if (fingerprint == renewal.Fingerprint)
        {
            return;
        }

        renewal.Fingerprint = fingerprint;
        (renewal.DueAt, renewal.NotAfter) = ServerCertificate.Load(options).Certificate is { } certificate && certificate.IsFor(name)
            ? (RenewalTime.Of(certificate.NotBefore, certificate.NotAfter, random.NextDouble()), certificate.NotAfter)
            : (DateTimeOffset.MinValue, DateTimeOffset.MinValue);
    }

    private void Fail(AcmeOptions acme, string name, Renewal renewal, Exception exception)
    {
        // What is expected is in the message; of anything else one wants to know the kind.
        var error = exception is AcmeException or IOException or UnauthorizedAccessException ? exception.Message : exception.ToString().ReplaceLineEndings(" ");
        var asked = exception is AcmeException { RetryAfter: var after } ? after : TimeSpan.Zero;
        var wait = RenewalTime.WaitAfter(++renewal.Failures, asked, random.NextDouble());
        (renewal.NotBefore, renewal.AskedUntil) = (time.GetUtcNow() + wait, time.GetUtcNow() + asked);
        var pause = SpanText.Format(TimeSpan.FromSeconds(Math.Ceiling(wait.TotalSeconds)));
        if (renewal.Told is { } told && TokenPattern.Replace(told, "") == TokenPattern.Replace(error, ""))
        {
            Log.StillNotObtained(logger, name, AuthorityOf(acme), renewal.Failures, error, pause);
            return;
        }

        renewal.Told = error;
        if (renewal.NotAfter > time.GetUtcNow())
        {
            Log.NotRenewed(logger, name, AuthorityOf(acme), error, Day(renewal.NotAfter), pause);
        }
        else
        {
            Log.NotObtained(logger, name, AuthorityOf(acme), error, pause);
        }
    }

    // An error may name the challenge, whose token is another at each try (RFC 8555, 8.1: of 22 characters at least). No other word is that long.
    [GeneratedRegex("[A-Za-z0-9_-]{22,}")]
    private static partial Regex TokenPattern { get; }

    private static string AuthorityOf(AcmeOptions acme) => new Uri(acme.Directory).Authority;

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>What is known of one certificate.</summary>
    private sealed class Renewal
    {
        /// <summary>What its file was like when it was read; null before.</summary>
        public string? Fingerprint { get; set; }

        /// <summary>When it expires; long ago where there is none.</summary>
        public DateTimeOffset NotAfter { get; set; }

        /// <summary>From when on it is to be renewed.</summary>
        public DateTimeOffset DueAt { get; set; }

        /// <summary>Before then it is not tried.</summary>
        public DateTimeOffset NotBefore { get; set; }

        /// <summary>Before then the authority does not want to be asked.</summary>
        public DateTimeOffset AskedUntil { get; set; }

        /// <summary>How often in a row it has failed.</summary>
        public int Failures { get; set; }

        /// <summary>The last failure that was told.</summary>
        public string? Told { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "certificate for {Name} obtained from {Authority}, it expires on {Day} and is renewed from {Renewal} on")]
        public static partial void Obtained(ILogger logger, string name, string authority, string day, string renewal);

        [LoggerMessage(2, LogLevel.Warning, "no certificate for {Name} from {Authority}: {Error}; tried again in {Wait}")]
        public static partial void NotObtained(ILogger logger, string name, string authority, string error, string wait);

        [LoggerMessage(3, LogLevel.Warning, "the certificate for {Name} is not renewed by {Authority}: {Error}; the one until {Day} stays, tried again in {Wait}")]
        public static partial void NotRenewed(ILogger logger, string name, string authority, string error, string day, string wait);

        [LoggerMessage(4, LogLevel.Debug, "still no certificate for {Name} from {Authority} at try {Count}: {Error}; tried again in {Wait}")]
        public static partial void StillNotObtained(ILogger logger, string name, string authority, int count, string error, string wait);

        [LoggerMessage(5, LogLevel.Debug, "the challenges in {Folder} cannot be read: {Error}")]
        public static partial void NotShared(ILogger logger, string folder, string error);
    }
}
