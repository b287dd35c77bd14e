using LoadBalancer.Proxy.Acme;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>Has challenges of a certificate authority answered by the listeners: over plain HTTP by the routes of both engines, in TLS by the handshake.</summary>
internal sealed class Challenges(Router router, TlsChallenges tls, TimeProvider time)
{
    /// <inheritdoc cref="PublishChallenge" />
    public IDisposable Publish(ChallengeAnswer answer)
    {
        if (answer.Type == AcmeChallengeType.TlsAlpn01)
        {
            tls.Add(answer.Name, answer.CreateCertificate(time.GetUtcNow()));
            return new Ending(() => tls.Remove(answer.Name));
        }

        // A reload in the meantime keeps them, unless it does without the authority.
        var answers = router.Current.Challenges ?? throw new AcmeException("the configuration wants no certificate by this challenge any more");
        answers.Add(answer.Token, answer.KeyAuthorization);
        return new Ending(() => answers.Remove(answer.Token));
    }
}
