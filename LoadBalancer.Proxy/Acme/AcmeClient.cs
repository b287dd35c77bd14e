using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Acme;

/// <summary>Talks to an authority as one account (RFC 8555).</summary>
/// <param name="http">The way there.</param>
/// <param name="directory">Where it says where it is asked for what.</param>
/// <param name="key">The key of the account.</param>
/// <param name="time">The clock.</param>
internal sealed class AcmeClient(HttpClient http, Uri directory, AcmeKey key, TimeProvider time)
{
    private const string BadNonce = "badNonce";

    // An authority that takes none of so many nonces, of which it gave each, has another trouble.
    private const int MostNonces = 10;

    private AcmeDirectory? _directory;
    private string? _account;
    private string? _nonce;

    /// <summary>Makes the account, or finds it.</summary>
    /// <param name="email">Whom the authority may write to; null for nobody.</param>
    /// <param name="binding">The account that the operator has elsewhere; null for none.</param>
    /// <exception cref="AcmeException">There is none.</exception>
    public async Task RegisterAsync(string? email, ExternalBindingOptions? binding, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, directory);
        var answer = await SendAsync(request, cancellationToken);
        if (answer.Problem is not null || (_directory = answer.Read(AcmeJson.Default.AcmeDirectory)) is not { NewNonce: not null, NewAccount: { } newAccount, NewOrder: not null })
        {
            throw new AcmeException($"{directory} is not the directory of an authority that speaks ACME (status {(int)answer.Status})");
        }

        if (binding is null && _directory.Meta?.ExternalAccountRequired == true)
        {
            throw new AcmeException($"{directory.Authority} makes accounts only for who has one elsewhere: Acme:ExternalBinding is missing");
        }

        var bound = binding is null ? default(JsonElement?) : JsonElement.Parse(Jws.Bind(key, binding.Id, binding.Secret, newAccount));
        var wanted = new AcmeNewAccount(TermsOfServiceAgreed: true, email is null ? null : [$"mailto:{email}"], bound);
        var account = await PostAsync(newAccount, Write(wanted, AcmeJson.Default.AcmeNewAccount), "the account", cancellationToken);
        _account = account.Location?.AbsoluteUri ?? throw new AcmeException("the account: the authority does not say its URL");
    }

    /// <summary>Orders a certificate for a name.</summary>
    /// <returns>The URL of the order, and the order.</returns>
    /// <exception cref="AcmeException">The authority refuses.</exception>
    public async Task<(Uri Url, AcmeOrder Order)> OrderAsync(string name, CancellationToken cancellationToken)
    {
        var wanted = new AcmeNewOrder([new AcmeIdentifier("dns", name)]);
        var answer = await PostAsync(_directory!.NewOrder!, Write(wanted, AcmeJson.Default.AcmeNewOrder), "the order", cancellationToken);
        return (answer.Location ?? throw new AcmeException("the order: the authority does not say its URL"), answer.Must(AcmeJson.Default.AcmeOrder, "the order"));
    }

    /// <summary>Reads something.</summary>
    /// <param name="url">Where it is.</param>
    /// <param name="type">What it is.</param>
    /// <param name="what">What errors call it.</param>
    /// <exception cref="AcmeException">The authority refuses.</exception>
    public async Task<(T Value, TimeSpan RetryAfter)> ReadAsync<T>(Uri url, JsonTypeInfo<T> type, string what, CancellationToken cancellationToken)
    {
        var answer = await PostAsync(url, "", what, cancellationToken);
        return (answer.Must(type, what), answer.RetryAfter);
    }

    /// <summary>Says that a challenge is answered.</summary>
    /// <exception cref="AcmeException">The authority refuses.</exception>
    public Task AnswerAsync(Uri challenge, CancellationToken cancellationToken) => PostAsync(challenge, "{}", "the challenge", cancellationToken);

    /// <summary>Asks for the certificate of an order.</summary>
    /// <exception cref="AcmeException">The authority refuses.</exception>
    public Task FinalizeAsync(Uri url, string csr, CancellationToken cancellationToken) =>
        PostAsync(url, Write(new AcmeFinalize(csr), AcmeJson.Default.AcmeFinalize), "the request for the certificate", cancellationToken);

    /// <summary>Takes a certificate, with those of the authorities between it and its root.</summary>
    /// <exception cref="AcmeException">The authority refuses.</exception>
    public async Task<string> DownloadAsync(Uri certificate, CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString((await PostAsync(certificate, "", "the certificate", cancellationToken)).Body);

    private async Task<Answer> PostAsync(Uri url, string payload, string what, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var nonce = TakeNonce() ?? await AskForNonceAsync(cancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Post, url)
            {
                Content = new StringContent(Jws.Sign(key, _account, nonce, url, payload), Encoding.UTF8),
            };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/jose+json");
            request.Headers.TryAddWithoutValidation("Accept", "application/pem-certificate-chain, application/json, application/problem+json");
            var answer = await SendAsync(request, cancellationToken);
            if (answer.Problem is not { } problem)
            {
                return answer;
            }

            if (problem.Kind != BadNonce || tries == MostNonces)
            {
                throw new AcmeException($"{what}: {problem}") { RetryAfter = answer.RetryAfter };
            }
        }
    }

    private async Task<string> AskForNonceAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, _directory!.NewNonce);
        var answer = await SendAsync(request, cancellationToken);
        return TakeNonce() ?? throw new AcmeException($"{_directory.NewNonce} gives no nonce (status {(int)answer.Status})");
    }

    private string? TakeNonce()
    {
        var nonce = _nonce;
        _nonce = null;
        return nonce;
    }

    private async Task<Answer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { IsAbsoluteUri: true, Scheme: "https" } url)
        {
            throw new AcmeException($"the authority names {request.RequestUri}, which is not https://");
        }

        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            _nonce = response.Headers.TryGetValues("Replay-Nonce", out var nonces) ? nonces.First() : _nonce;
            var waits = response.Headers.TryGetValues("Retry-After", out var values) ? RetryAfter.Parse(values.First(), time.GetUtcNow()) : 0;
            var location = response.Headers.Location is { } where ? new Uri(url, where) : null;
            return new Answer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken), location, TimeSpan.FromTicks(waits));
        }
        catch (HttpRequestException exception)
        {
            var reason = (exception.InnerException ?? exception).Message.ReplaceLineEndings(" ");
            var hint = exception.InnerException is AuthenticationException ? " (authorities that this machine does not trust are named in Acme:CertificateAuthorities)" : "";
            throw new AcmeException($"{url.Authority} cannot be asked: {reason}{hint}", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AcmeException($"{url.Authority} does not answer in time", exception);
        }
    }

    private static string Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);

    private sealed record Answer(HttpStatusCode Status, byte[] Body, Uri? Location, TimeSpan RetryAfter)
    {
        /// <summary>What is wrong; null when nothing is.</summary>
        public AcmeProblem? Problem => (int)Status < 400 ? null
            : Read(AcmeJson.Default.AcmeProblem) is { } problem && (problem.Type ?? problem.Detail) is not null ? problem
            : new AcmeProblem(null, $"the authority answers with the status {(int)Status}");

        /// <summary>The body; null where it is something else.</summary>
        public T? Read<T>(JsonTypeInfo<T> type)
        {
            try
            {
                return JsonSerializer.Deserialize(Body, type);
            }
            catch (JsonException)
            {
                return default;
            }
        }

        /// <summary>The body, which must be that.</summary>
        public T Must<T>(JsonTypeInfo<T> type, string what) => Read(type) ?? throw new AcmeException($"{what}: the authority answers something else");
    }
}
