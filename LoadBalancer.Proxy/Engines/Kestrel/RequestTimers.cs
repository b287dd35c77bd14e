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
        timer.Stop();
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

/// <summary>The timer of one request. It may call a moment after it was stopped or set to a later time, so whoever is called looks at the clock.</summary>
internal sealed class RequestTimer : IDisposable
{
    private readonly ITimer _timer;
    private volatile Action? _due;

    public RequestTimer(TimeProvider time)
    {
        // It serves many requests: it must not hold on to the context of the first.
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static timer => ((RequestTimer)timer!)._due?.Invoke(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public Action? Due
    {
        set => _due = value;
    }

    /// <summary>Calls after this time, once.</summary>
    public void Set(TimeSpan time) => _timer.Change(time, Timeout.InfiniteTimeSpan);

    public void Stop() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();
}
