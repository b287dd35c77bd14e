using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Acme;

/// <summary>Obtains a certificate, from the order to the PEM file's text.</summary>
/// <param name="client">The authority; the account must be registered.</param>
/// <param name="key">The key of the account.</param>
/// <param name="type">How names are proved.</param>
/// <param name="spread">Has challenges answered.</param>
/// <param name="time">The clock.</param>
internal sealed class CertificateOrder(AcmeClient client, AcmeKey key, AcmeChallengeType type, SpreadChallenge spread, TimeProvider time)
{
    /// <summary>How long an order may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>Obtains a certificate for a name.</summary>
    /// <returns>The certificate, those of the authorities behind it, and its key, as PEM.</returns>
    /// <exception cref="AcmeException">There is none.</exception>
    public async Task<string> RunAsync(string name, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (url, order) = await client.OrderAsync(name, cancellationToken);
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var answered = new HashSet<Uri>();
        var published = new List<IDisposable>();
        var (pause, asked) = (FirstPause, TimeSpan.Zero);
        try
        {
            while (true)
            {
                var step = OrderStep.After(order, await ReadAuthorizationsAsync(order, cancellationToken), type.Name(), answered);
                switch (step.Act)
                {
                    case OrderAct.Answer:
                        published.Add(await spread(new ChallengeAnswer(type, step.Name, step.Challenge!.Token!, key.Authorize(step.Challenge.Token!)), cancellationToken));
                        await client.AnswerAsync(step.Challenge.Url!, cancellationToken);
                        answered.Add(step.Challenge.Url!);
                        break;
                    case OrderAct.Finalize:
                        await client.FinalizeAsync(order.Finalize!, RequestFor(name, own), cancellationToken);
                        break;
                    case OrderAct.Download:
                        return WithKey(await client.DownloadAsync(order.Certificate!, cancellationToken), name, own);
                    case OrderAct.Fail:
                        throw new AcmeException(step.Error);
                    default:
                        if (time.GetElapsedTime(started) > Patience)
                        {
                            throw new AcmeException($"the order is still '{order.Status}' after {Patience.TotalMinutes:0} minutes");
                        }

                        // What the authority asks for goes before what we would do, within reason.
                        await Task.Delay(asked > TimeSpan.Zero ? TimeSpan.FromTicks(Math.Min(asked.Ticks, Patience.Ticks)) : pause, time, cancellationToken);
                        pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks));
                        break;
                }

                (order, asked) = await client.ReadAsync(url, AcmeJson.Default.AcmeOrder, "the order", cancellationToken);
            }
        }
        finally
        {
            published.ForEach(one => one.Dispose());
        }
    }

    private async Task<IReadOnlyList<AcmeAuthorization>> ReadAuthorizationsAsync(AcmeOrder order, CancellationToken cancellationToken)
    {
        var authorizations = new List<AcmeAuthorization>();
        if (order.Status is "pending" or "invalid")
        {
            foreach (var url in order.Authorizations ?? [])
            {
                authorizations.Add((await client.ReadAsync(url, AcmeJson.Default.AcmeAuthorization, "the authorization", cancellationToken)).Value);
            }
        }

        return authorizations;
    }

    private static string RequestFor(string name, ECDsa key) => Base64Url.EncodeToString(NameRequest.Create("", name, key).CreateSigningRequest());

    // What is not for this key and this name must not take the place of a good one.
    private static string WithKey(string chain, string name, ECDsa key)
    {
        var pem = $"{chain.TrimEnd()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem, pem);
            return certificate.MatchesHostname(name) ? pem : throw new AcmeException($"the certificate that the authority gives is not for {name}");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new AcmeException($"the certificate that the authority gives cannot be used: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }
}
