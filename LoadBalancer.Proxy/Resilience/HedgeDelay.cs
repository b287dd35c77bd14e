using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Resilience;

/// <summary>How long the first destination is waited for before a second one is asked: as configured, or as long as nearly all answers of late took to begin.</summary>
/// <remarks>
/// Of an attempt that lost it is known only that its answer would have taken longer; it counts with the time it had. Without those, the slow ones would be missing
/// among the answers, the delay would shrink by its own doing, and ever more requests would be hedged.
/// </remarks>
/// <param name="options">The options.</param>
internal sealed class HedgeDelay(HedgeOptions options)
{
    // Fewer say nothing of one in twenty.
    private const int FewestAnswers = 50;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private static readonly long LearnEvery = TimeSpan.FromMilliseconds(100).Ticks;

    private readonly LatencyWindow? _answers = options.LearnedPercentile is null ? null : new LatencyWindow(Window);
    private long _learned = long.MaxValue;
    private long _learnedAt = long.MinValue / 2;

    /// <summary>The options.</summary>
    public HedgeOptions Options { get; } = options;

    /// <summary>The delay now, in ticks of 100 ns; <see cref="long.MaxValue"/> while too little is known.</summary>
    public long At(long now)
    {
        if (_answers is not { } answers)
        {
            return Options.Delay?.Ticks ?? long.MaxValue;
        }

        var learnedAt = Volatile.Read(ref _learnedAt);
        if (now - learnedAt >= LearnEvery && Interlocked.CompareExchange(ref _learnedAt, now, learnedAt) == learnedAt)
        {
            var (count, quantile) = answers.Read(now, Options.LearnedPercentile!.Value / 100);
            Volatile.Write(ref _learned, count < FewestAnswers ? long.MaxValue : Math.Max(quantile, Options.Delay?.Ticks ?? 0));
        }

        return Volatile.Read(ref _learned);
    }

    /// <summary>Takes in how long an answer took to begin, or an attempt that lost had lasted.</summary>
    public void Note(long elapsed, long now) => _answers?.Add(elapsed, now);
}
