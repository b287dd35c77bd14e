namespace LoadBalancer.Proxy.Engines;

/// <summary>How a WebSocket is ended before its sides want it: it is told so between two frames, and has a moment to close.</summary>
internal static class TunnelEnd
{
    /// <summary>How long it has to close, once it was told.</summary>
    public static readonly TimeSpan TimeToClose = TimeSpan.FromSeconds(5);

    /// <summary>What it is told. FIN and the code of a close; two bytes that say 1001 (RFC 6455, 5.5.1 and 7.4.1). What a server sends has no mask.</summary>
    public static readonly byte[] GoingAway = [0x88, 2, 0x03, 0xe9];

    /// <summary>How long after the begin of a stop it is told, so that it has closed before the stop cuts it. What it has of a stop that is short is half of it.</summary>
    /// <param name="stop">How long the stop waits for requests.</param>
    public static TimeSpan ToldAfter(TimeSpan stop) => stop - (stop < 2 * TimeToClose ? stop / 2 : TimeToClose);
}
