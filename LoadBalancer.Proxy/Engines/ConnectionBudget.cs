using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines;

/// <summary>
/// How many connections of clients may be open at once. A request needs a second descriptor for its connection to a destination: without
/// this, clients could take them all, and every destination would seem to refuse. Who finds no place waits to be accepted.
/// </summary>
internal sealed partial class ConnectionBudget
{
    // For what the program itself opens later: libraries, probes, the operator's connections.
    private const int LeastReserve = 64;
    private const int ReserveShare = 16;

    // However low the limit is, somebody is served.
    private const int LeastCapacity = 8;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly int? _room;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private long? _lastShort;
    private int _places;
    private int _taken;
    private int _open;

    /// <param name="capacity">How many connections there is room for; null for any number.</param>
    public ConnectionBudget(int? capacity, TimeProvider time, ILogger<ConnectionBudget> logger)
    {
        (_room, _time, _logger) = (capacity, time, logger);
        _places = capacity ?? int.MaxValue;
    }

    /// <summary>How many connections may be open; null for any number.</summary>
    public int? Capacity => Volatile.Read(ref _places) is < int.MaxValue and var places ? places : null;

    /// <summary>How many are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>How many connections there is room for: half of what is left of the limit, since each may need a second descriptor.</summary>
    /// <param name="limit">How many descriptors the process may open; null when that is not known.</param>
    /// <param name="inUse">How many it has open for itself.</param>
    public static int? CapacityWithin(int? limit, int inUse) =>
        limit is { } all ? Math.Max((all - inUse - Math.Max(all / ReserveShare, LeastReserve)) / 2, LeastCapacity) : null;

    /// <summary>Lets no more connections be open than this, from now on, nor more than there is room for. Those that are open stay.</summary>
    /// <param name="limit">How many; null for as many as there is room for.</param>
    public void Limit(int? limit)
    {
        lock (_lock)
        {
            _places = Math.Min(limit ?? int.MaxValue, _room ?? int.MaxValue);
            LetIn_NeedsLock();
        }
    }

    /// <summary>Keeps a place for one more connection until <see cref="Leave"/>, where there is one.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            return TryEnter_NeedsLock();
        }
    }

    /// <summary>Keeps a place for one more connection, whether or not there is one: its listener is closed, and it would be lost.</summary>
    public void Enter()
    {
        lock (_lock)
        {
            _taken++;
        }
    }

    /// <summary>Waits until one more connection may be accepted, and keeps a place for it until <see cref="Leave"/>.</summary>
    public ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource waiter;
        bool isLimited;
        lock (_lock)
        {
            if (TryEnter_NeedsLock())
            {
                return ValueTask.CompletedTask;
            }

            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter);
            isLimited = _places != _room;
        }

        if (IsNews())
        {
            if (isLimited)
            {
                Log.Limited(_logger, Open);
            }
            else
            {
                Log.Full(_logger, Open, FileDescriptors.Limit());
            }
        }

        return WaitAsync(waiter, cancellationToken);
    }

    /// <summary>A connection took the place that was kept for it.</summary>
    public void Opened() => Interlocked.Increment(ref _open);

    /// <summary>A connection was closed.</summary>
    public void Closed()
    {
        Interlocked.Decrement(ref _open);
        Leave();
    }

    /// <summary>Gives back a place that no connection took.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _taken--;
            LetIn_NeedsLock();
        }
    }

    /// <summary>Waits a while after the system could not give a connection, for want of descriptors as a rule: asked at once, it could not either.</summary>
    public Task PauseAsync(string reason, CancellationToken cancellationToken)
    {
        if (IsNews())
        {
            Log.CannotAccept(_logger, reason, Open, FileDescriptors.Limit());
        }

        return Task.Delay(Pause, _time, cancellationToken);
    }

    private void LetIn_NeedsLock()
    {
        while (_taken < _places && _waiting.TryDequeue(out var waiter))
        {
            // One that does not want to wait any more takes no place.
            _taken += waiter.TrySetResult() ? 1 : 0;
        }
    }

    private bool TryEnter_NeedsLock()
    {
        var hasPlace = _taken < _places;
        _taken += hasPlace ? 1 : 0;
        return hasPlace;
    }

    private async ValueTask WaitAsync(TaskCompletionSource waiter, CancellationToken cancellationToken)
    {
        using var giveUp = cancellationToken.UnsafeRegister(static (waiter, token) => ((TaskCompletionSource)waiter!).TrySetCanceled(token), waiter);
        try
        {
            await waiter.Task;
        }
        finally
        {
            lock (_lock)
            {
                _lastShort = _time.GetTimestamp();
            }
        }
    }

    // While every place is taken, each connection that closes makes room for one that is then the last again. All that is one piece of news.
    private bool IsNews()
    {
        lock (_lock)
        {
            var before = _lastShort;
            _lastShort = _time.GetTimestamp();
            return before is not { } last || _time.GetElapsedTime(last) >= Quiet;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Open} connections of clients are open, and the limit of open files (RLIMIT_NOFILE {Limit}) leaves room for no more: others wait until one closes")]
        public static partial void Full(ILogger logger, int open, int? limit);

        [LoggerMessage(3, LogLevel.Warning, "{Open} connections of clients are open, as many as Limits:MaxConnections allows: others wait until one closes")]
        public static partial void Limited(ILogger logger, int open);

        [LoggerMessage(2, LogLevel.Warning, "cannot accept connections ({Reason}), {Open} are open and the limit of open files (RLIMIT_NOFILE) is {Limit}: trying again")]
        public static partial void CannotAccept(ILogger logger, string reason, int open, int? limit);
    }
}
