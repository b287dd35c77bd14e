using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Resilience;

/// <summary>What a rate limit says of one request.</summary>
/// <param name="Wait">How long to wait until it would be let through, in ticks of 100 ns; 0 when it is.</param>
/// <param name="HasEvicted">Whether another key was forgotten for it that had not all its room back.</param>
internal readonly record struct RateVerdict(long Wait, bool HasEvicted)
{
    /// <summary>Whether the request is let through.</summary>
    public bool IsAdmitted => Wait == 0;
}

/// <summary>
/// Lets through so many requests of a key in a time, and a few more at once after a pause: a token bucket as GCRA (ITU-T I.371), by which all that must be known of
/// a key is one moment, from which on its bucket is full again. Only numbers: the time is handed in. Called by many threads at once; it allocates nothing.
/// </summary>
internal sealed class RateLimiter
{
    // Times are kept in these parts of a tick of 100 ns, so that a third of a second is not rounded to more than a thousandth of one tick.
    // They may overflow: only differences count, and those are below 28 years.
    private const int FractionBits = 10;

    private readonly KeyTable _keys;
    private readonly long _interval;
    private readonly long _tolerance;

    /// <param name="options">The limit; must be valid.</param>
    public RateLimiter(RateLimitOptions options)
    {
        Options = options;
        _interval = (long)Math.Ceiling((decimal)(options.Per.Ticks << FractionBits) / options.Requests!.Value);
        _tolerance = _interval * (options.BurstInForce - 1);
        _keys = new KeyTable(options.By == RateLimitKey.Route ? 1 : options.MaxKeys ?? RateLimitOptions.DefaultMaxKeys);
    }

    /// <summary>The limit.</summary>
    public RateLimitOptions Options { get; }

    /// <summary>Counts a request, if there is room for it.</summary>
    /// <param name="key">What it is counted by.</param>
    /// <param name="now">The time, in monotonic ticks of 100 ns.</param>
    public RateVerdict Take(ulong key, long now)
    {
        now <<= FractionBits;
        while (true)
        {
            var slot = _keys.Find(key);
            if (slot < 0)
            {
                if (_keys.TryAdd(key, After(now, now), now, out var hasEvicted))
                {
                    return new RateVerdict(0, hasEvicted);
                }

                continue;
            }

            var fullAt = _keys.Read(slot);
            if (!_keys.IsAt(slot, key))
            {
                continue;
            }

            var wait = WaitAt(fullAt, now);
            if (wait > 0 || _keys.TryChange(slot, fullAt, After(fullAt, now)))
            {
                return new RateVerdict(wait, HasEvicted: false);
            }
        }
    }

    /// <summary>How long a request of this key would have to wait at this time, in ticks of 100 ns; 0 when it would be let through. Counts nothing.</summary>
    public long WaitOf(ulong key, long now)
    {
        now <<= FractionBits;
        var slot = _keys.Find(key);
        return slot < 0 ? 0 : WaitAt(_keys.Read(slot), now);
    }

    // How much too early a request is, in whole ticks, rounded up.
    private long WaitAt(long fullAt, long now) => Math.Max(0, unchecked(fullAt - now) - _tolerance + (1 << FractionBits) - 1) >> FractionBits;

    private long After(long fullAt, long now) => unchecked((fullAt - now > 0 ? fullAt : now) + _interval);
}
