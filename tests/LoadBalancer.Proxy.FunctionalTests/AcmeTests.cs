using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using LoadBalancer.Proxy.Acme;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Certificates that the proxy obtains itself, of an authority that many test with.</summary>
public abstract class AcmeTests : IAsyncDisposable
{
    private const string Name = "www.example.com";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-acme-");
    private readonly ManualTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly (int Plain, int Secure) _ports = (FreePort.Next(), FreePort.Next());
    private readonly FakeDestination _destination = new(Behave.Ok("a"));

    public async ValueTask DisposeAsync()
    {
        await _destination.DisposeAsync();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("Http01")]
    [InlineData("TlsAlpn01")]
    public async Task A_certificate_is_obtained_although_the_routes_send_everyone_elsewhere(string challenge)
    {
        await using var pebble = await StartPebbleAsync("second.example.com");
        await using var proxy = await StartAsync(
            pebble,
            ("Acme:Challenge", challenge),
            ("Listeners:secure:Tls:Acme:1", "second.example.com"),
            ("Routes:secure:Order", "-1"),
            ("Routes:secure:Redirect:Scheme", "https"),
            ("Routes:rest:ClusterId", "web"));

        await SaidAsync(proxy, $"certificate for {Name} obtained");
        await SaidAsync(proxy, "certificate for second.example.com obtained");
        await ShowsAsync(await pebble.ChainPolicyAsync(), Name, "second.example.com");

        using var view = JsonDocument.Parse(await proxy.Admin.GetStringAsync("/api/certificates"));
        Assert.Equal([Name, "second.example.com"], view.RootElement.GetProperty("certificates").EnumerateArray().Select(one => one.GetProperty("names")[0].GetString()));
        Assert.Equal(2, Directory.GetFiles(_folder.FullName, "*.com.pem", SearchOption.AllDirectories).Length);
        Assert.DoesNotContain(proxy.Logs.Records, record => record.Message.Contains("PRIVATE KEY", StringComparison.Ordinal));
        Assert.DoesNotContain("PRIVATE KEY", await proxy.Admin.GetStringAsync("/api/config"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_to_new_connections_and_those_that_are_open_go_on()
    {
        await using var pebble = await StartPebbleAsync();
        await using var proxy = await StartAsync(pebble);
        await SaidAsync(proxy, "obtained");
        await ShowsAsync(await pebble.ChainPolicyAsync(), Name);
        using var open = await ConnectAsync(null);
        var before = open.Shown;

        _clock.Advance(open.NotAfter - (Pebble.Lifetime / 3) - _clock.GetUtcNow());
        await SaidAsync(proxy, "obtained", times: 2);
        await Eventually.HoldsAsync(
            async () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                using var later = await ConnectAsync(null);
                return later.Shown != before;
            },
            "another certificate is shown");

        Assert.Equal("a", await open.GetAsync());
        Assert.Equal("", string.Join('\n', proxy.Logs.Records.Where(record => record.Level >= LogLevel.Warning && record.Category.StartsWith("LoadBalancer.", StringComparison.Ordinal)).Select(record => record.Message)));
    }

    [Fact]
    public async Task While_the_authority_is_gone_the_certificate_stays_and_the_next_one_comes_when_it_is_back()
    {
        await using var pebble = await StartPebbleAsync();
        await using var proxy = await StartAsync(pebble);
        await SaidAsync(proxy, "obtained");
        await ShowsAsync(await pebble.ChainPolicyAsync(), Name);
        using var first = await ConnectAsync(null);

        await pebble.StopAsync();
        _clock.Advance(first.NotAfter - (Pebble.Lifetime / 3) - _clock.GetUtcNow());
        await SaidAsync(proxy, $"the certificate for {Name} is not renewed by");
        using var second = await ConnectAsync(null);
        Assert.Equal(first.Shown, second.Shown);

        // It is another authority now, which does not know the account.
        await pebble.RestartAsync();
        _clock.Advance(RenewalTime.WaitAfter(1, TimeSpan.Zero, 1));
        await SaidAsync(proxy, "obtained", times: 2);
        await ShowsAsync(await pebble.ChainPolicyAsync(), Name);
        Assert.Single(proxy.Logs.Records, record => record.Message.Contains("is not renewed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Http01")]
    [InlineData("TlsAlpn01")]
    public async Task Of_two_proxies_with_one_folder_either_answers_what_the_other_has_ordered(string challenge)
    {
        await using var pebble = await StartPebbleAsync();
        var elsewhere = new ManualTimeProvider(_clock.GetUtcNow());
        await using var ordering = await StartAsync(
            elsewhere, pebble, ("Acme:Challenge", challenge), ("Listeners:plain:Url", "http://127.0.0.1:0"), ("Listeners:secure:Url", "https://127.0.0.1:0"));
        var shared = "";
        await Eventually.HoldsAsync(() => (shared = SharedChallenges().SingleOrDefault() ?? "").Length > 0, "a challenge is shared");
        await using var asked = await StartAsync(pebble, ("Acme:Challenge", challenge));

        // Until now the clock of the one that orders stands still: the authority asks when the other can answer.
        await Eventually.HoldsAsync(
            () =>
            {
                _clock.Advance(CertificateRenewals.LookEvery);
                return Answers(asked, shared);
            },
            "the other proxy answers it");

        await SaidAsync(ordering, $"certificate for {Name} obtained", clock: elsewhere);

        await ShowsAsync(await pebble.ChainPolicyAsync(), Name);
        Assert.DoesNotContain(asked.Logs.Records, record => record.Message.Contains("obtained", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Until_there_is_one_a_certificate_stands_in_that_nobody_trusts()
    {
        await using var pebble = await StartPebbleAsync();
        await pebble.StopAsync();
        await using var proxy = await StartAsync(pebble);
        await SaidAsync(proxy, $"no certificate for {Name} from 127.0.0.1");

        using var client = await ConnectAsync(null);

        Assert.Equal(("a", "CN=stands in until a certificate is obtained"), (await client.GetAsync(), client.Subject));
    }

    [Fact]
    public async Task After_a_restart_the_certificate_in_the_folder_is_shown_and_nobody_is_asked()
    {
        await using var pebble = await StartPebbleAsync();
        var policy = await pebble.ChainPolicyAsync();
        await using (var first = await StartAsync(pebble))
        {
            await SaidAsync(first, "obtained");
        }

        await pebble.StopAsync();
        await using var proxy = await StartAsync(pebble);
        using var client = await ConnectAsync(policy);
        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("a", await client.GetAsync());
        Assert.DoesNotContain(proxy.Logs.Records, record => record.Message.Contains("certificate for", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_to_is_an_error_of_the_start()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "file"), "");

        var exception = await Assert.ThrowsAsync<Configuration.ConfigurationException>(() => StartAsync(null, ("Acme:Folder", Path.Combine(_folder.FullName, "file"))));

        Assert.StartsWith($"Acme:Folder: cannot write to '{_folder.FullName}", Assert.Single(exception.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_authority_that_asks_for_an_account_elsewhere_too_and_its_secret_is_not_shown()
    {
        const string secret = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
        SkipWithoutPebble();
        await using var pebble = await Pebble.StartAsync(_ports.Plain, _ports.Secure, ("kid-1", secret), [Name]);
        await using var proxy = await StartAsync(pebble, ("Acme:ExternalBinding:Id", "kid-1"), ("Acme:ExternalBinding:Secret", secret));

        await SaidAsync(proxy, $"certificate for {Name} obtained");

        Assert.DoesNotContain(secret, await proxy.Admin.GetStringAsync("/api/config"), StringComparison.Ordinal);
    }

    private IEnumerable<string> SharedChallenges() => new DirectoryInfo(_folder.FullName).EnumerateFiles("*", SearchOption.AllDirectories)
        .Where(file => file is { Directory.Name: "challenges", Extension: "" })
        .Select(file => file.Name);

    private static bool Answers(ProxyHost proxy, string token) =>
        !proxy.Services.GetRequiredService<TlsChallenges>().IsEmpty
        || proxy.Services.GetRequiredService<Router>().Current.Challenges?.Find($"/.well-known/acme-challenge/{token}") is not null;

    private async Task<Pebble> StartPebbleAsync(params string[] more)
    {
        SkipWithoutPebble();
        return await Pebble.StartAsync(_ports.Plain, _ports.Secure, [Name, .. more]);
    }

    private static void SkipWithoutPebble()
    {
        const string missing = "pebble is not installed (Debian: pebble).";
        Assert.False(Pebble.IsRequired && !Pebble.IsThere, missing);
        Assert.SkipUnless(Pebble.IsThere, missing);
    }

    private Task<ProxyHost> StartAsync(Pebble? pebble, params (string Key, string Value)[] settings) => StartAsync(_clock, pebble, settings);

    private Task<ProxyHost> StartAsync(ManualTimeProvider clock, Pebble? pebble, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["Acme:AcceptTermsOfService"] = "true",
            ["Acme:Email"] = "admin@example.com",
            ["Acme:Folder"] = _folder.FullName,
            ["Acme:Directory"] = pebble?.DirectoryUrl ?? "https://ca.example/directory",
            ["Acme:CertificateAuthorities"] = pebble?.AuthorityFile,
            ["Listeners:plain:Url"] = $"http://127.0.0.1:{_ports.Plain}",
            ["Listeners:secure:Url"] = $"https://127.0.0.1:{_ports.Secure}",
            ["Listeners:secure:Tls:Acme:0"] = Name,
        };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        return ProxyHost.StartAsync(clock, all, _destination.Address);
    }

    private Task SaidAsync(ProxyHost proxy, string text, int times = 1, ManualTimeProvider? clock = null) => Eventually.HoldsAsync(
        () =>
        {
            // Not much faster than the authority, whose time is the real one: an order may take three minutes of ours, and the head of its question for
            // the challenge some seconds, also on a machine that is busy.
            (clock ?? _clock).Advance(TimeSpan.FromMilliseconds(100));
            return proxy.Logs.Records.Count(record => record.Message.Contains(text, StringComparison.Ordinal)) >= times;
        },
        $"the log says '{text}' {times} times");

    // The listener looks at the files by the clock.
    private Task ShowsAsync(X509ChainPolicy policy, params string[] names) => Eventually.HoldsAsync(
        async () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            try
            {
                foreach (var name in names)
                {
                    using var client = await ConnectAsync(policy, name);
                }

                return true;
            }
            catch (System.Security.Authentication.AuthenticationException)
            {
                return false;
            }
        },
        "the certificate of the authority is shown");

    private Task<TlsConnection> ConnectAsync(X509ChainPolicy? policy, string name = Name) => TlsConnection.ConnectAsync(_ports.Secure, name, policy);
}
