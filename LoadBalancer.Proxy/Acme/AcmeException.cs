namespace LoadBalancer.Proxy.Acme;

/// <summary>An authority gives no certificate. The message is one line.</summary>
internal sealed class AcmeException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the authority wants to be left alone.</summary>
    public TimeSpan RetryAfter { get; init; }
}
