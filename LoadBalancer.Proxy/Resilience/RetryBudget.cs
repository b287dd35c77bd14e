using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Resilience;

/// <summary>
/// How many attempts of a cluster may be under way at once that repeat what was sent before: a share of those in flight.
/// Without a bound, a cluster that begins to fail gets its requests several times over, and fails for good.
/// </summary>
/// <remarks>It is asked when an attempt has failed, and by no other request; a lock does no harm there.</remarks>
internal sealed class RetryBudget
{
    /// <summary>Over how many seconds it looks back.</summary>
    public const int WindowSeconds = 10;

    private readonly Lock _lock = new();
    private readonly Second[] _seconds = new Second[WindowSeconds];
    private int _taken;
    private long _refused;

    /// <summary>How many are under way.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>How many there was no place for, so far.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Takes a place. When it returns true, <see cref="Return"/> must follow.</summary>
    /// <param name="inFlight">How many attempts of the cluster are in flight.</param>
    /// <param name="options">How many may be repeated.</param>
    /// <param name="now">The time, in monotonic ticks of 100 ns.</param>
    public bool TryTake(int inFlight, RetryBudgetOptions options, long now)
    {
        lock (_lock)
        {
            ref var second = ref SecondOf(now / TimeSpan.TicksPerSecond);
            second.MostInFlight = Math.Max(second.MostInFlight, inFlight);
            var (mostInFlight, count) = Look(second.Number);
            if (_taken >= Math.Max(options.MinimumConcurrent, options.Share * mostInFlight) && count >= options.Burst)
            {
                _refused++;
                return false;
            }

            second.Count++;
            _taken++;
            return true;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Return()
    {
        lock (_lock)
        {
            _taken--;
        }
    }

    private (int MostInFlight, int Count) Look(long last)
    {
        var (most, count) = (0, 0);
        foreach (var second in _seconds)
        {
            if (last - second.Number < WindowSeconds)
            {
                (most, count) = (Math.Max(most, second.MostInFlight), count + second.Count);
            }
        }

        return (most, count);
    }

    private ref Second SecondOf(long number)
    {
        ref var second = ref _seconds[number % WindowSeconds];
        if (second.Number != number)
        {
            second = new Second { Number = number };
        }

        return ref second;
    }

    private struct Second
    {
        public long Number;
        public int MostInFlight;
        public int Count;
    }
}
