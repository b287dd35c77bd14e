namespace LoadBalancer.Proxy.Acme;

/// <summary>
/// Answers the challenges of another proxy with the same folder: behind one address for several, the authority may ask any of them.
/// Not for several threads at once.
/// </summary>
/// <param name="publish">Has challenges answered.</param>
internal sealed class SharedChallenges(PublishChallenge publish)
{
    private readonly Dictionary<ChallengeAnswer, IDisposable> _published = [];

    /// <summary>Answers what is to be answered now, and nothing else.</summary>
    public void Look(AcmeFolder folder)
    {
        var shared = folder.ReadShared();
        foreach (var gone in _published.Keys.Except(shared).ToList())
        {
            _published.Remove(gone, out var ending);
            ending!.Dispose();
        }

        foreach (var answer in shared.Where(answer => !_published.ContainsKey(answer)))
        {
            _published[answer] = publish(answer);
        }
    }
}
