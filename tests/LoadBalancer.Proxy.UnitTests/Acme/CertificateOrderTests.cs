using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using LoadBalancer.Proxy.Acme;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Acme;

public sealed class CertificateOrderTests : IDisposable
{
    private const string Nonce = """{"type":"urn:ietf:params:acme:error:badNonce","detail":"stale"}""";

    private readonly ManualTimeProvider _clock = new();
    private readonly AcmeKey _key = AcmeKey.Create();
    private readonly ScriptedAuthority _authority = new();
    private readonly List<string> _published = [];
    private ExternalBindingOptions? _binding;

    public void Dispose()
    {
        _key.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task A_certificate_is_obtained_in_the_steps_of_RFC_8555()
    {
        var pem = await RunAsync();

        using var certificate = X509Certificate2.CreateFromPem(pem, pem);
        Assert.True(certificate.HasPrivateKey && certificate.MatchesHostname("a.example"));
        Assert.Equal(
            [
                "GET /directory", "HEAD /nonce", "POST /account", "POST /orders", "POST /authorization/1", "POST /challenge/1",
                "POST /order/1", "POST /finalize/1", "POST /order/1", "POST /certificate/1",
            ],
            _authority.Asked);
        Assert.Equal([$"Http01 a.example t-1 {_key.Authorize("t-1")}", "ended"], _published);
    }

    [Fact]
    public async Task Each_request_has_the_nonce_of_the_answer_before_and_the_account_that_was_made()
    {
        await RunAsync();
        var (first, later) = (JwsTests.HeaderOf(_authority.Sent["/account"]), JwsTests.HeaderOf(_authority.Sent["/orders"]));

        Assert.Equal(("nonce-1", "nonce-2"), (first.GetProperty("nonce").GetString(), later.GetProperty("nonce").GetString()));
        Assert.Equal("https://ca.example/account/1", later.GetProperty("kid").GetString());
    }

    [Fact]
    public async Task A_nonce_that_is_refused_is_followed_by_the_next()
    {
        _authority.Instead("/account", HttpStatusCode.BadRequest, Nonce).Instead("/account", HttpStatusCode.BadRequest, Nonce).Instead("/orders", HttpStatusCode.BadRequest, Nonce);

        Assert.Contains("BEGIN CERTIFICATE", await RunAsync(), StringComparison.Ordinal);
        Assert.Equal((3, 2), (_authority.Asked.Count(asked => asked == "POST /account"), _authority.Asked.Count(asked => asked == "POST /orders")));
    }

    [Fact]
    public async Task An_authority_that_takes_no_nonce_is_not_asked_for_ever()
    {
        for (var i = 0; i < 20; i++)
        {
            _authority.Instead("/account", HttpStatusCode.BadRequest, Nonce);
        }

        Assert.Equal("the account: badNonce: stale", (await FailAsync()).Message);
    }

    [Theory]
    [InlineData("/directory", 404, "", "https://ca.example/directory is not the directory of an authority that speaks ACME (status 404)")]
    [InlineData("/directory", 200, "<html>", "https://ca.example/directory is not the directory of an authority that speaks ACME (status 200)")]
    [InlineData("/directory", 200, """{"newNonce":"http://ca.example/n","newAccount":"https://ca.example/a","newOrder":"https://ca.example/o"}""", "the authority names http://ca.example/n, which is not https://")]
    [InlineData("/account", 403, """{"type":"urn:ietf:params:acme:error:unauthorized","detail":"terms\nof service"}""", "the account: unauthorized: terms of service")]
    [InlineData("/orders", 500, "<html>", "the order: the authority answers with the status 500")]
    [InlineData("/orders", 400, """{"type":"urn:ietf:params:acme:error:rejectedIdentifier","detail":"policy","subproblems":[{"type":"urn:ietf:params:acme:error:dns","detail":"no such name","identifier":{"type":"dns","value":"a.example"}}]}""", "the order: rejectedIdentifier: policy (a.example: dns: no such name)")]
    [InlineData("/order/1", 200, "[]", "the order: the authority answers something else")]
    [InlineData("/order/1", 200, """{"status":"invalid","error":{"type":"urn:ietf:params:acme:error:caa","detail":"forbidden"}}""", "caa: forbidden")]
    [InlineData("/certificate/1", 200, "nothing", "the certificate that the authority gives cannot be used: ")]
    public async Task What_goes_wrong_is_one_line_and_ends_the_answers(string path, int status, string body, string error)
    {
        _authority.Instead(path, (HttpStatusCode)status, body);

        var message = (await FailAsync()).Message;

        Assert.StartsWith(error, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.Equal(_published.Count(one => one != "ended"), _published.Count(one => one == "ended"));
    }

    [Fact]
    public async Task Of_an_authority_that_the_machine_does_not_trust_the_error_says_where_to_name_its_own()
    {
        _authority.Unreachable = new HttpRequestException("no TLS", new AuthenticationException("the chain is\npartial"));

        Assert.Equal("ca.example cannot be asked: the chain is partial (authorities that this machine does not trust are named in Acme:CertificateAuthorities)", (await FailAsync()).Message);
    }

    [Fact]
    public async Task Of_an_authority_that_is_not_there_the_error_says_no_more_than_that()
    {
        _authority.Unreachable = new HttpRequestException("no way", new IOException("connection refused"));

        Assert.Equal("ca.example cannot be asked: connection refused", (await FailAsync()).Message);
    }

    [Fact]
    public async Task An_account_that_the_operator_has_elsewhere_is_shown_by_a_signature_of_the_key()
    {
        const string secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        _binding = new ExternalBindingOptions { Id = "kid-1", Secret = secret };
        await RunAsync();
        var sent = JwsTests.PayloadOf(_authority.Sent["/account"]).GetProperty("externalAccountBinding").GetRawText();

        Assert.Equal("""{"alg":"HS256","kid":"kid-1","url":"https://ca.example/account"}""", JwsTests.HeaderOf(sent).GetRawText());
        Assert.Equal(_key.Jwk, JwsTests.PayloadOf(sent).GetRawText());
    }

    [Fact]
    public async Task Where_the_authority_asks_for_one_and_there_is_none_the_error_says_which_key_is_missing()
    {
        _authority.Instead("/directory", HttpStatusCode.OK, """{"newNonce":"https://ca.example/n","newAccount":"https://ca.example/a","newOrder":"https://ca.example/o","meta":{"externalAccountRequired":true}}""");

        Assert.Equal("ca.example makes accounts only for who has one elsewhere: Acme:ExternalBinding is missing", (await FailAsync()).Message);
    }

    [Fact]
    public async Task How_long_the_authority_wants_to_be_left_alone_goes_with_the_error()
    {
        _authority.Instead("/orders", HttpStatusCode.TooManyRequests, """{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many"}""", "3600");

        Assert.Equal(TimeSpan.FromHours(1), (await FailAsync()).RetryAfter);
    }

    [Fact]
    public async Task While_the_order_is_worked_on_it_is_looked_at_when_the_authority_says()
    {
        _authority.Instead("/order/1", HttpStatusCode.OK, """{"status":"processing"}""", "7").Instead("/order/1", HttpStatusCode.OK, """{"status":"processing"}""");

        var running = RunAsync();
        await _clock.WaitForTimersAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(6.9));
        var before = _authority.Asked.Count(asked => asked == "POST /order/1");
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        await _clock.WaitForTimersAsync(1);
        var after = _authority.Asked.Count(asked => asked == "POST /order/1");
        _clock.Advance(TimeSpan.FromSeconds(2));

        await running.InTime();
        Assert.Equal((1, 2), (before, after));
    }

    [Fact]
    public async Task An_order_that_takes_too_long_is_given_up()
    {
        for (var i = 0; i < 100; i++)
        {
            _authority.Instead("/order/1", HttpStatusCode.OK, """{"status":"processing"}""");
        }

        var running = FailAsync();
        await Eventually.HoldsAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(15));
                return running.IsCompleted;
            },
            "the order is given up");

        Assert.Equal("the order is still 'processing' after 3 minutes", (await running).Message);
    }

    private Task<AcmeException> FailAsync() => Assert.ThrowsAsync<AcmeException>(RunAsync);

    private async Task<string> RunAsync()
    {
        using var http = new HttpClient(_authority, disposeHandler: false);
        var client = new AcmeClient(http, new Uri(ScriptedAuthority.Directory), _key, _clock);
        await client.RegisterAsync("admin@example.com", _binding, CancellationToken.None);
        return await new CertificateOrder(client, _key, AcmeChallengeType.Http01, PublishAsync, _clock).RunAsync("a.example", CancellationToken.None).InTime();
    }

    private Task<IDisposable> PublishAsync(ChallengeAnswer answer, CancellationToken cancellationToken)
    {
        _published.Add($"{answer.Type} {answer.Name} {answer.Token} {answer.KeyAuthorization}");
        return Task.FromResult<IDisposable>(new Ending(() => _published.Add("ended")));
    }
}
