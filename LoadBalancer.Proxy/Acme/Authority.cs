using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Acme;

/// <summary>Obtains certificates from the authority that the configuration names.</summary>
/// <param name="publish">Has challenges answered.</param>
/// <param name="time">The clock.</param>
internal sealed class Authority(PublishChallenge publish, TimeProvider time)
{
    /// <summary>How long the other proxies with the folder have to see a challenge; they look every second.</summary>
    public static readonly TimeSpan TimeToSee = TimeSpan.FromSeconds(2);

    private const int LargestAnswer = 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Agent = $"LoadBalancer/{typeof(Authority).Assembly.GetName().Version?.ToString(3)}";

    /// <inheritdoc cref="Acme.ObtainCertificate" />
    public async Task<string> ObtainAsync(AcmeOptions options, AcmeKey key, string name, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = Patience, ActivityHeadersPropagator = null };
        handler.SslOptions.CertificateChainPolicy = options.CertificateAuthorities?.CreateChainPolicy();
        using var http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = LargestAnswer };

        // An authority may refuse who does not say what it is (RFC 8555, 6.1).
        http.DefaultRequestHeaders.UserAgent.ParseAdd(Agent);
        var client = new AcmeClient(http, new Uri(options.Directory), key, time);
        await client.RegisterAsync(options.Email, options.ExternalBinding, cancellationToken);
        return await new CertificateOrder(client, key, options.Challenge, SpreadAsync, time).RunAsync(name, cancellationToken);

        async Task<IDisposable> SpreadAsync(ChallengeAnswer answer, CancellationToken cancellationToken)
        {
            var endings = new Endings();
            try
            {
                endings.Add(new AcmeFolder(options.AuthorityFolder).Share(answer));
                endings.Add(publish(answer));
                await Task.Delay(TimeToSee, time, cancellationToken);
                return endings;
            }
            catch
            {
                endings.Dispose();
                throw;
            }
        }
    }

    private sealed class Endings : IDisposable
    {
        private readonly List<IDisposable> _all = [];

        public void Add(IDisposable one) => _all.Add(one);

        public void Dispose() => _all.ForEach(one => one.Dispose());
    }
}

/// <summary>Obtains a certificate for a name.</summary>
/// <param name="options">The authority.</param>
/// <param name="key">The key of the account.</param>
/// <param name="name">The name.</param>
/// <returns>The certificate, those of the authorities behind it, and its key, as PEM.</returns>
/// <exception cref="AcmeException">There is none.</exception>
internal delegate Task<string> ObtainCertificate(AcmeOptions options, AcmeKey key, string name, CancellationToken cancellationToken);
