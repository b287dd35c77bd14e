using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>
/// One thread that serves its connections: it waits for what their descriptors tell, for its timers and for mail of other threads, and does what is to be done without ever waiting for anything else.
/// Nothing of it is used by another thread but <see cref="Post(Mail)"/>.
/// </summary>
/// <remarks>
/// The thread never dies: what fails unexpectedly ends the one connection that it was about, is logged with its stack and counted.
/// </remarks>
internal sealed partial class EventLoop : IDisposable
{
    /// <summary>How much is read at once.</summary>
    public const int ReadSize = 256 * 1024;

    private const int MostEvents = 512;
    private const long TicksPerMillisecond = TimeSpan.TicksPerMillisecond;

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly int _poll;
    private readonly Waker _waker;
    private readonly Mailbox _mailbox = new();
    private readonly WatchTable _watched = new();
    private readonly byte[] _events = GC.AllocateArray<byte>(MostEvents * Syscalls.EventSize, pinned: true);
    private readonly ITimer? _alarm;
    private readonly Thread _thread;
    private readonly Action<Timed> _fire;
    private List<Connection> _deferred = [];
    private List<Connection> _resumed = [];
    private Connection? _reader;
    private readonly Lock _closing = new();
    private volatile bool _isStopping;
    private bool _isClosed;
    private long _defects;

    /// <param name="name">What its thread is called.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told of defects.</param>
    /// <param name="ring">What does its receives and sends; null where each is a call of its own. It is disposed with the loop.</param>
    public EventLoop(string name, TimeProvider time, ILogger logger, SubmissionRing? ring)
    {
        (_time, _logger, Ring) = (time, logger, ring);
        Received = ring is null ? [] : GC.AllocateUninitializedArray<byte>(BatchSize * ReceiveSize, pinned: true);
        _poll = Must(Syscalls.CreatePoll());
        _waker = new Waker { Descriptor = Must(Syscalls.CreateWaker()) };
        Must(Syscalls.Watch(_poll, _waker.Descriptor, Syscalls.EventIn, _watched.Add(_waker)));
        Now = time.MonotonicTicks();
        _fire = Fire;

        // The wait for events goes by the system's clock. Another one has to wake the loop itself.
        _alarm = time == TimeProvider.System ? null : time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    /// <summary>The time of the present turn, in monotonic ticks of 100 ns.</summary>
    public long Now { get; private set; }

    /// <summary>The number of the present turn.</summary>
    public long Turn { get; private set; }

    /// <summary>Its timers, which go by milliseconds: see <see cref="MillisecondOf"/>.</summary>
    public TimerWheel Timers { get; } = new();

    /// <summary>Its memory for what is left over.</summary>
    public BufferPool Buffers { get; } = new();

    /// <summary>What everyone reads into, one at a time: see <see cref="Borrow"/>.</summary>
    public byte[] ReadBuffer { get; } = GC.AllocateUninitializedArray<byte>(ReadSize, pinned: true);

    /// <summary>How long it lets events gather.</summary>
    public EventCoalescing Coalescing { get; } = new();

    /// <summary>How many unexpected failures there were.</summary>
    public long Defects => Interlocked.Read(ref _defects);

    /// <summary>Everyone who is watched, but the loop's own.</summary>
    public IEnumerable<Watched> Watched => _watched.All.Where(watched => watched != _waker);

    private bool IsOwnThread => Thread.CurrentThread == _thread;

    /// <summary>The first whole millisecond that is not before a time.</summary>
    public static long MillisecondOf(long ticks) => ticks == long.MaxValue ? TimerWheel.Never : ((ticks - 1) / TicksPerMillisecond) + 1;

    public void Start() => _thread.Start();

    /// <summary>Has this done by the loop's thread.</summary>
    public void Post(Mail mail)
    {
        if (_mailbox.Post(mail))
        {
            Wake();
        }
    }

    /// <summary>Has this done by the loop's thread.</summary>
    public void Post(Action action) => Post(new ActionMail(action));

    /// <summary>Watches the descriptor of one, for as long as it is open.</summary>
    /// <returns>Why it cannot be watched.</returns>
    public Errno Watch(Watched watched, int events)
    {
        var result = Syscalls.Watch(_poll, watched.Descriptor, events, _watched.Add(watched));
        if (result < 0)
        {
            _watched.Remove(watched);
        }

        return (Errno)Math.Max(0, -result);
    }

    /// <summary>Watches it no longer. Its descriptor stays open.</summary>
    public void Unwatch(Watched watched)
    {
        _watched.Remove(watched);
        Syscalls.Unwatch(_poll, watched.Descriptor);
    }

    /// <summary>Closes its descriptor, which the system then watches no longer.</summary>
    public void Close(Watched watched)
    {
        if (watched.Place >= 0)
        {
            _watched.Remove(watched);
        }

        Syscalls.Close(watched.Descriptor);
        watched.Descriptor = -1;
    }

    /// <summary>Gives a connection the common buffer to read into. What another one still has there goes to memory of its own first.</summary>
    public void Borrow(Connection reader)
    {
        if (_reader is { } before && before != reader)
        {
            before.Settle();
        }

        _reader = reader;
    }

    /// <summary>Has a connection go on with its turn in the next round, after everyone else had theirs.</summary>
    public void Defer(Connection connection) => _deferred.Add(connection);

    /// <summary>Ends the thread, and waits for that.</summary>
    public void Stop()
    {
        _isStopping = true;
        Wake();
        if (_thread.IsAlive && !IsOwnThread)
        {
            _thread.Join();
        }

        _alarm?.Dispose();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Stop();
        lock (_closing)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                Syscalls.Close(_waker.Descriptor);
                Syscalls.Close(_poll);
                Ring?.Dispose();
            }
        }
    }

    private static int Must(int result) => result >= 0 ? result : throw new InvalidOperationException($"The system has no room for an event loop: {((Errno)(-result)).Text()}.");

    // The number of a descriptor that is closed may be that of anything soon.
    private void Wake()
    {
        lock (_closing)
        {
            if (!_isClosed)
            {
                Syscalls.Wake(_waker.Descriptor);
            }
        }
    }

    private void Run()
    {
        Syscalls.SleepExactly();
        while (!_isStopping)
        {
            var count = Wait();
            Turn++;
            ServeEvents(count);
            OpenMail();
            Timers.Advance(Now / TicksPerMillisecond, _fire);
            Resume();
        }

        // What was posted before the stop is done: connections are closed, not left behind.
        OpenMail();
    }

    // Until there are events, or something else is to be done.
    private int Wait()
    {
        var moment = _deferred.Count == 0 && _alarm is null ? Coalescing.Moment : 0;
        if (moment > 0)
        {
            Syscalls.Sleep(moment);
        }

        var count = Syscalls.Wait(_poll, _events, TimeToWait());
        Now = _time.MonotonicTicks();
        Coalescing.Turn(Now, count, haveGathered: moment > 0);
        return count;
    }

    private int TimeToWait()
    {
        if (_deferred.Count > 0)
        {
            return 0;
        }

        var next = Timers.NextAt;
        if (next == TimerWheel.Never)
        {
            return Timeout.Infinite;
        }

        // The present may be later than the turn's time, when the turn took long; the wait is then too long by that.
        if (_alarm is null)
        {
            return (int)Math.Clamp(next - (_time.MonotonicTicks() / TicksPerMillisecond), 0, int.MaxValue);
        }

        return TrySetAlarm(_alarm, next * TicksPerMillisecond) ? Timeout.Infinite : 0;
    }

    // The clock may be moved while the alarm is set, which then rings too late, or is over already.
    private bool TrySetAlarm(ITimer alarm, long at)
    {
        long now;
        do
        {
            now = _time.MonotonicTicks();
            if (now >= at)
            {
                return false;
            }

            alarm.Change(TimeSpan.FromTicks(at - now), Timeout.InfiniteTimeSpan);
        }
        while (_time.MonotonicTicks() - now >= TicksPerMillisecond);
        return true;
    }

    private void Serve(Watched watched, int events)
    {
        try
        {
            watched.OnEvents(events);
        }
        catch (Exception exception)
        {
            Note(exception);
            Abort(watched);
        }
    }

    private void OpenMail()
    {
        for (var mail = _mailbox.TakeAll(); mail is not null;)
        {
            // It may be posted again as soon as it runs.
            var next = mail.Next;
            mail.Next = null;
            try
            {
                mail.Open();
            }
            catch (Exception exception)
            {
                Note(exception);
                mail.Abort();
            }

            mail = next;
        }
    }

    private void Fire(Timed timed)
    {
        try
        {
            timed.OnTimer();
        }
        catch (Exception exception)
        {
            Note(exception);
            Abort(timed);
        }
    }

    private void Resume()
    {
        if (_deferred.Count == 0)
        {
            return;
        }

        (_deferred, _resumed) = (_resumed, _deferred);
        foreach (var connection in _resumed)
        {
            if (connection.Place >= 0)
            {
                Serve(connection, 0);
            }
        }

        _resumed.Clear();
    }

    private void Abort(Timed timed)
    {
        try
        {
            timed.Abort();
        }
        catch (Exception exception)
        {
            Note(exception);
        }
    }

    private void Note(Exception exception)
    {
        Interlocked.Increment(ref _defects);
        Log.Defect(_logger, exception);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "an event loop failed to serve a connection, which is closed")]
        public static partial void Defect(ILogger logger, Exception exception);
    }

    private sealed class Waker : Watched
    {
        public override void OnEvents(int events) => Syscalls.HearWaker(Descriptor);

        public override void OnTimer()
        {
        }

        public override void Abort()
        {
        }
    }
}
