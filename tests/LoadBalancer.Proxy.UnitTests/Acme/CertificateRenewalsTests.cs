using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LoadBalancer.Proxy.Acme;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.UnitTests.Configuration;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.UnitTests.Acme;

public sealed class CertificateRenewalsTests : IAsyncDisposable
{
    // Not of days: the service looks every second, and each is gone through.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(90);

    private readonly TempFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordedLogs _logs = new();
    private readonly LoggerFactory _loggers;
    private readonly List<CertificateRenewals> _running = [];
    private readonly List<string> _asked = [];
    private readonly Lock _lock = new();
    private Func<string, Task<string>> _obtain;
    private LoadBalancerOptions _options;

    public CertificateRenewalsTests()
    {
        _loggers = new LoggerFactory([_logs], new LoggerFilterOptions { MinLevel = LogLevel.Trace });
        _obtain = name => Task.FromResult(Issue(name));
        _options = Options("a.example");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _running)
        {
            await one.StopAsync(CancellationToken.None);
            one.Dispose();
        }

        _loggers.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_not_there_is_obtained_each_name_by_itself()
    {
        _options = Options("a.example", "B.example");
        await StartAsync();

        Assert.Equal(["a.example", "B.example"], Asked);
        Assert.Equal(["a.example.pem", "account.key", "b.example.pem", "lock"], Directory.GetFiles(_folder["ca.example"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains(_logs.Records, record => record is { Level: LogLevel.Information, Message: "certificate for a.example obtained from ca.example, it expires on 2026-11-08 and is renewed from 2026-11-08 on" });
    }

    [Fact]
    public async Task It_is_renewed_when_a_third_of_its_lifetime_is_left_and_not_before()
    {
        await StartAsync();

        await PassAsync((Lifetime * 2 / 3) - TimeSpan.FromMinutes(1));
        var before = Asked.Count;
        await PassAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((1, 2), (before, Asked.Count));
    }

    [Fact]
    public async Task After_a_restart_what_is_there_is_used()
    {
        await StartAsync();
        await StartAsync();
        await PassAsync(TimeSpan.FromMinutes(1));

        Assert.Single(Asked);
    }

    [Fact]
    public async Task A_failure_leaves_the_file_is_told_once_and_tried_again_with_growing_waits()
    {
        await StartAsync();
        var kept = await File.ReadAllTextAsync(_options.Acme!.CertificateOf("a.example").File);
        _obtain = _ => throw new AcmeException("the order: rateLimited: too many");

        await PassAsync(Lifetime * 2 / 3);
        await PassAsync(TimeSpan.FromMinutes(13.5));

        // At once, after one minute, three more and nine more.
        Assert.Equal(5, Asked.Count);
        Assert.Equal(kept, await File.ReadAllTextAsync(_options.Acme!.CertificateOf("a.example").File));
        Assert.Equal(
            ["the certificate for a.example is not renewed by ca.example: the order: rateLimited: too many; the one until 2026-11-08 stays, tried again in 1m"],
            _logs.Records.Where(record => record.Level >= LogLevel.Warning).Select(record => record.Message));
    }

    [Fact]
    public async Task Another_failure_is_told_as_well_and_the_end_of_both()
    {
        var error = "one";
        _obtain = _ => throw new AcmeException(error);
        await StartAsync();
        error = "two";
        await PassAsync(TimeSpan.FromMinutes(1.5));
        _obtain = name => Task.FromResult(Issue(name));
        await PassAsync(TimeSpan.FromMinutes(4));

        Assert.Equal(
            ["no certificate for a.example from ca.example: one; tried again in 1m", "no certificate for a.example from ca.example: two; tried again in 3m"],
            _logs.Records.Where(record => record.Level >= LogLevel.Warning).Select(record => record.Message));
        Assert.Contains(_logs.Records, record => record.Message.StartsWith("certificate for a.example obtained", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_with_another_token_is_no_other()
    {
        var tries = 0;
        _obtain = _ => throw new AcmeException($"http://a.example/.well-known/acme-challenge/{(char)('a' + tries++)}vaL9TPgzVTwH-kM2sDtYOKEqqPzpVYY: 404");
        await StartAsync();
        await PassAsync(TimeSpan.FromMinutes(4.5));

        Assert.Equal(3, tries);
        Assert.Single(_logs.Records, record => record.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_reload_tries_at_once_and_tells_again_and_the_waits_go_on_to_grow()
    {
        _obtain = _ => throw new AcmeException("no such host");
        await StartAsync();
        await PassAsync(TimeSpan.FromSeconds(10));

        _options = Options("a.example");
        await PassAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(2, Asked.Count);
        Assert.Equal(
            ["no certificate for a.example from ca.example: no such host; tried again in 1m", "no certificate for a.example from ca.example: no such host; tried again in 3m"],
            _logs.Records.Where(record => record.Level >= LogLevel.Warning).Select(record => record.Message));
    }

    [Fact]
    public async Task It_is_not_tried_again_before_the_authority_wants_to_be_asked()
    {
        _obtain = _ => throw new AcmeException("later") { RetryAfter = TimeSpan.FromHours(2) };
        await StartAsync();

        // Not even after a reload.
        _options = Options("a.example");
        await PassAsync(TimeSpan.FromMinutes(119));
        var before = Asked.Count;
        await PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal((1, 2), (before, Asked.Count));
    }

    [Fact]
    public async Task Of_two_proxies_with_one_folder_one_asks_and_the_other_finds_what_it_got()
    {
        var slow = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _obtain = _ => slow.Task;
        await StartAsync(settle: false);
        await Eventually.HoldsAsync(() => Asked.Count == 1, "the first asks");
        await StartAsync(settle: false);
        await _clock.WaitForTimersAsync(1);

        slow.SetResult(Issue("a.example"));
        await _clock.WaitForTimersAsync(2);
        await PassAsync(TimeSpan.FromMinutes(1));

        Assert.Single(Asked);
        Assert.DoesNotContain(_logs.Records, record => record.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_certificate_for_another_name_or_none_at_all_is_replaced()
    {
        Directory.CreateDirectory(_folder["ca.example"]);
        _options = Options("a.example", "b.example");
        _folder.Write("ca.example/a.example.pem", Issue("other.example"));
        _folder.Write("ca.example/b.example.pem", "half of a fi");

        await StartAsync();

        Assert.Equal(["a.example", "b.example"], Asked);
    }

    [Fact]
    public async Task A_name_that_a_reload_brings_is_obtained_too()
    {
        await StartAsync();
        _options = Options("a.example", "c.example");
        await PassAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(["a.example", "c.example"], Asked);
    }

    [Fact]
    public async Task Neither_the_key_of_the_account_nor_that_of_a_certificate_is_in_the_log()
    {
        await StartAsync();
        _obtain = _ => throw new AcmeException("no");
        await PassAsync(Lifetime);

        Assert.DoesNotContain(_logs.Records, record => record.Message.Contains("PRIVATE", StringComparison.Ordinal) || record.Attributes.Values.Any(value => value?.Contains("PRIVATE", StringComparison.Ordinal) == true));
    }

    [Fact]
    public async Task What_a_proxy_has_left_to_be_answered_that_ended_meanwhile_is_taken_back()
    {
        var folder = new AcmeFolder(_folder["ca.example"]);
        using var left = folder.Share(new ChallengeAnswer(AcmeChallengeType.Http01, "a.example", "t-1", "t-1.x"));

        await StartAsync();

        Assert.Empty(folder.ReadShared());
    }

    private IReadOnlyList<string> Asked
    {
        get
        {
            lock (_lock)
            {
                return [.. _asked];
            }
        }
    }

    private async Task StartAsync(bool settle = true)
    {
        var renewals = new CertificateRenewals(() => _options, ObtainAsync, new SharedChallenges(_ => new MemoryStream()), _clock, new NoChance(), _loggers.CreateLogger<CertificateRenewals>(), new CancellationToken(canceled: true));
        _running.Add(renewals);
        await renewals.StartAsync(CancellationToken.None);
        if (settle)
        {
            await _clock.WaitForTimersAsync(_running.Count);
        }
    }

    // Look by look: one that has only just begun to wait goes on beside the clock, and would miss what passes meanwhile.
    private async Task PassAsync(TimeSpan span)
    {
        for (var left = span; left > TimeSpan.Zero; left -= CertificateRenewals.LookEvery)
        {
            _clock.Advance(left < CertificateRenewals.LookEvery ? left : CertificateRenewals.LookEvery);
            await _clock.WaitForTimersAsync(_running.Count);
        }
    }

    private Task<string> ObtainAsync(AcmeOptions options, AcmeKey key, string name, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _asked.Add(name);
        }

        return _obtain(name);
    }

    private LoadBalancerOptions Options(params string[] names) => new()
    {
        Acme = new AcmeOptions { Directory = "https://ca.example/directory", Folder = _folder.Path, AcceptTermsOfService = true },
        Listeners = new Dictionary<string, ListenerOptions> { ["secure"] = new() { Url = "https://*:443", Tls = new ListenerTlsOptions { Acme = names } } },
    };

    private string Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(_clock.GetUtcNow(), _clock.GetUtcNow() + Lifetime);
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    /// <summary>Spreads nothing.</summary>
    private sealed class NoChance : Random
    {
        public override double NextDouble() => 0;
    }
}
