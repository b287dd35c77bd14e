using System.Collections.Concurrent;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The timers of the requests, one each, used again and again.</summary>
internal sealed class RequestTimers(TimeProvider time) : IDisposable
{
    private const int MostIdle = 1024;

    private readonly ConcurrentBag<RequestTimer> _idle = [];

    /// <summary>A timer that calls this when it is due.</summary>
    public RequestTimer Rent(Action due)
    {
        var timer = _idle.TryTake(out var idle) ? idle : new RequestTimer(time);
        timer.Due = due;
        return timer;
    }

    /// <summary>Takes a timer back.</summary>
    public void Return(RequestTimer timer)
    {
        timer.Due = null;
        if (_idle.Count < MostIdle)
        {
            _idle.Add(timer);
        }
        else
        {
            timer.Dispose();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        while (_idle.TryTake(out var timer))
        {
            timer.Dispose();
        }
    }
}

/// <summary>
/// The timer of one request. It may call too early, also for what an earlier request set it to, so whoever is called looks at the clock and sets it again.
/// </summary>
/// <remarks>
/// Nearly every request ends long before its deadline, and the deadline of the next one is later. To set the clock's timer costs more than all the rest,
/// so it is left as it is whenever it comes early enough, and never stopped.
/// </remarks>
internal sealed class RequestTimer : IDisposable
{
    private readonly ITimer _timer;
    private Action? _due;
    private long _setTo = long.MaxValue;

    public RequestTimer(TimeProvider time)
    {
        // It serves many requests: it must not hold on to the context of the first.
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static timer => ((RequestTimer)timer!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Who is called.</summary>
    public Action? Due
    {
        set => Interlocked.Exchange(ref _due, value);
    }

    /// <summary>Calls at this time at the latest. Times are monotonic, in ticks of 100 ns.</summary>
    public void Set(long to, long now)
    {
        // Where it is about to call for the time before, it either takes that back first, which is seen here, or sees who is to be called now.
        if (Interlocked.Read(ref _setTo) <= to)
        {
            return;
        }

        Interlocked.Exchange(ref _setTo, to);
        _timer.Change(TimeSpan.FromTicks(Math.Max(to - now, TimeSpan.TicksPerMillisecond)), Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void OnDue()
    {
        Interlocked.Exchange(ref _setTo, long.MaxValue);
        Volatile.Read(ref _due)?.Invoke();
    }
}
