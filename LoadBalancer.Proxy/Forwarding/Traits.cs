using LoadBalancer.Proxy.Sessions;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>What the decisions about a request depend on.</summary>
[Flags]
internal enum Traits : byte
{
    None = 0,

    /// <summary>The method may be repeated without harm.</summary>
    Idempotent = 1,

    /// <summary>It becomes a tunnel, such as a WebSocket.</summary>
    Tunnel = 2,
}

/// <summary>What ties a request to a destination.</summary>
/// <param name="Hash">The key by which the same client gets the same destination; null when nothing does.</param>
/// <param name="Session">Its session, which comes first.</param>
/// <param name="IsStrict">Whether no other destination may serve it when that of its session cannot.</param>
internal readonly record struct Affinity(ulong? Hash, Session Session = default, bool IsStrict = false)
{
    public static Affinity None => default;

    public static Affinity Key(ulong hash) => new(hash);
}

/// <summary>The head of an answer, as far as decisions depend on it.</summary>
/// <param name="Status">Its status.</param>
/// <param name="RetryAfter">For how long the destination asks to be left alone, in ticks of 100 ns; 0 when it does not.</param>
internal readonly record struct AnswerHead(int Status, long RetryAfter = 0);
