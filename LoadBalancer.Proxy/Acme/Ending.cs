namespace LoadBalancer.Proxy.Acme;

/// <summary>Ends something when it is disposed of.</summary>
/// <param name="end">Ends it.</param>
internal sealed class Ending(Action end) : IDisposable
{
    /// <inheritdoc />
    public void Dispose() => end();
}
