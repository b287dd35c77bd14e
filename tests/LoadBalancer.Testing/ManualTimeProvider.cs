namespace LoadBalancer.Testing;

/// <summary>A clock that stands still until the test moves it.</summary>
/// <remarks>Its timestamps tick in sevenths of a usual tick, so that code which takes them for anything else fails.</remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now;
    private TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A clock that stands at the same time in every test.</summary>
    public ManualTimeProvider() : this(new DateTimeOffset(2026, 11, 8, 18, 19, 41, 497, TimeSpan.Zero))
    {
    }

    /// <summary>A clock that stands at this time, for tests with programs that have clocks of their own.</summary>
    public ManualTimeProvider(DateTimeOffset now) => _now = now;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond * 7;

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers wait to fire.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <inheritdoc />
    public override long GetTimestamp() => GetUtcNow().Ticks * 7;

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock on. Timers that become due fire in their order, each at its own time.</summary>
    public void Advance(TimeSpan span)
    {
        var end = GetUtcNow() + span;
        while (true)
        {
            ManualTimer? due;
            lock (_lock)
            {
                due = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                if (due is null)
                {
                    _now = end;
                    return;
                }

                _now = due.Due > _now ? due.Due : _now;
                due.Rearm_NeedsLock(_now);
            }

            due.Fire();
        }
    }

    /// <summary>Waits, in real time, until this many timers wait to fire: the code under test has come to its pause.</summary>
    public Task WaitForTimersAsync(int count) => WaitForAsync(() => _timers.Count >= count);

    /// <summary>Waits, in real time, until a timer is to fire after this time: where others come and go, a number of them says nothing.</summary>
    public Task WaitForTimerAsync(TimeSpan due) => WaitForAsync(() => _timers.Any(timer => timer.Due == _now + due));

    private async Task WaitForAsync(Func<bool> holdsUnderLock)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline, System);
        while (true)
        {
            Task armed;
            lock (_lock)
            {
                if (holdsUnderLock())
                {
                    return;
                }

                armed = _armed.Task;
            }

            await armed.WaitAsync(deadline.Token);
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, Action fire) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public DateTimeOffset Due { get; private set; }

        public void Fire() => fire();

        public void Rearm_NeedsLock(DateTimeOffset now)
        {
            if (_period > TimeSpan.Zero)
            {
                Due = now + _period;
            }
            else
            {
                clock._timers.Remove(this);
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            TaskCompletionSource? armed = null;
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = clock._now + dueTime;
                    clock._timers.Add(this);
                    (armed, clock._armed) = (clock._armed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                }
            }

            armed?.SetResult();
            return true;
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
