namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The value of <c>Date</c> (RFC 9110, 6.6.1), made once a second. One for each loop.</summary>
internal sealed class DateText
{
    private const int Length = 29;

    private readonly byte[] _text = new byte[Length];
    private long _second = -1;

    /// <summary>The date at a time.</summary>
    public ReadOnlySpan<byte> At(DateTimeOffset now)
    {
        var second = now.Ticks / TimeSpan.TicksPerSecond;
        if (second != _second)
        {
            _second = second;
            now.ToUniversalTime().TryFormat(_text, out _, "R", System.Globalization.CultureInfo.InvariantCulture);
        }

        return _text;
    }
}
