using System.Runtime.CompilerServices;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Routing;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What all loops of the engine use.</summary>
/// <param name="Router">Finds the routes.</param>
/// <param name="Lookup">Looks up names of destinations.</param>
/// <param name="Budget">How many connections of clients there may be.</param>
/// <param name="Metrics">Is told of attempts and requests.</param>
/// <param name="Http">The same, for what the semantic conventions have names for.</param>
/// <param name="Activities">Makes their spans.</param>
/// <param name="AccessLog">Gets a line for each request.</param>
/// <param name="Passwords">Checks passwords.</param>
/// <param name="Time">The clock.</param>
/// <param name="Random">Seeds the dice of each loop.</param>
/// <param name="Logger">Is told of requests when the operator wants to see each, and of defects.</param>
internal sealed record EventLoopServices(
    Router Router, AddressLookup Lookup, ConnectionBudget Budget, ProxyMetrics Metrics, HttpMetrics Http, ProxyActivities Activities, AccessLog AccessLog, PasswordChecks Passwords, TimeProvider Time, Random Random, ILogger<EventLoopServices> Logger)
{
    /// <summary>How many connections there are to a destination that has a limit of them.</summary>
    public ConditionalWeakTable<Destination, ConnectionPlaces> Places { get; } = [];
}

/// <summary>What the connections and requests of one loop share. Of its thread alone, but for what says otherwise.</summary>
internal sealed class LoopServices : Timed
{
    // What destinations no longer need is let go of now and then.
    private const long SweepEvery = TimeSpan.TicksPerMinute;
    private const long ForgottenAfter = 10 * TimeSpan.TicksPerMinute;
    private const long LookEvery = TimeSpan.TicksPerSecond;
    private const int MostIdleExchanges = 4096;

    private readonly Dictionary<Destination, UpstreamPool> _pools = [];
    private readonly Stack<EventLoopExchange> _exchanges = new();
    private readonly DateText _date = new();
    private readonly List<ListeningSocket> _listening = [];
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _timer;
    private long _sweepAt;
    private long _utcAt = long.MinValue;
    private long _closeTunnelsAt = long.MaxValue;
    private DateTimeOffset _utcNow;
    private int _connections;
    private bool _isStopping;

    public LoopServices(EventLoop loop, EventLoopServices services)
    {
        (Loop, Engine) = (loop, services);
        Random = new Random(services.Random.Next());
        _timer = loop.Timers.Rent(this);
        loop.Timers.Set(_timer, EventLoop.MillisecondOf(loop.Now + LookEvery));
    }

    public EventLoop Loop { get; }

    public EventLoopServices Engine { get; }

    /// <summary>The dice of this loop, and the source of its request ids.</summary>
    public Random Random { get; }

    /// <summary>Where heads are written just before they are sent.</summary>
    public OutputBuffer Output => Loop.Output;

    /// <summary>The open tunnels.</summary>
    public HashSet<Tunnel> Tunnels { get; } = [];

    /// <summary>How many connections of clients this loop has, also as other threads see it.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Whether the proxy stops: each connection is closed after its request.</summary>
    public bool IsStopping => Volatile.Read(ref _isStopping);

    /// <summary>Ends when the proxy stops and the last connection of a client is closed.</summary>
    public Task Drained => _drained.Task;

    public long Now => Loop.Now;

    /// <summary>64 random bits.</summary>
    public ulong Dice => Balancing.Dice.Roll(Random);

    /// <summary>The time of day of the present turn.</summary>
    public DateTimeOffset UtcNow
    {
        get
        {
            if (_utcAt != Loop.Now)
            {
                (_utcAt, _utcNow) = (Loop.Now, Engine.Time.GetUtcNow());
            }

            return _utcNow;
        }
    }

    /// <summary>The same as the value of <c>Date</c>.</summary>
    public ReadOnlySpan<byte> Date => _date.At(UtcNow);

    /// <summary>Makes room for a request.</summary>
    public EventLoopExchange Rent() => _exchanges.TryPop(out var exchange) ? exchange : new EventLoopExchange(this);

    /// <summary>The request is over.</summary>
    public void Return(EventLoopExchange exchange)
    {
        if (_exchanges.Count < MostIdleExchanges)
        {
            _exchanges.Push(exchange);
        }
        else
        {
            exchange.Drop();
        }
    }

    /// <summary>The connections to a destination.</summary>
    public UpstreamPool PoolOf(Destination destination)
    {
        if (!_pools.TryGetValue(destination, out var pool))
        {
            pool = new UpstreamPool(Loop, destination, Engine);
            _pools.Add(destination, pool);
        }

        return pool;
    }

    /// <summary>A connection of a client comes or goes. May be called by any thread.</summary>
    public void Count(int change)
    {
        if (Interlocked.Add(ref _connections, change) == 0 && IsStopping)
        {
            _drained.TrySetResult();
        }
    }

    /// <summary>Begins to accept on a listener.</summary>
    public void Open(ListeningSocket listening)
    {
        _listening.Add(listening);
        listening.Open();
    }

    /// <summary>Accepts no more on a listener, whose connections are closed after their requests.</summary>
    public void Close(ListenerEntry entry)
    {
        foreach (var listening in _listening.Where(listening => listening.Entry == entry).ToList())
        {
            _listening.Remove(listening);
            listening.Close();
        }

        CloseIdle(connection => connection.Entry == entry);
    }

    /// <summary>From now on each connection is closed after its request, and those without one at once.</summary>
    /// <param name="closeTunnelsAt">When the tunnels are told to close, in monotonic ticks of 100 ns; that may be over.</param>
    public void BeginStop(long closeTunnelsAt)
    {
        _closeTunnelsAt = closeTunnelsAt;
        SetTimer();
        LookAtTunnels();
        Volatile.Write(ref _isStopping, true);
        CloseIdle(static _ => true);
        Count(0);
        foreach (var pool in _pools.Values)
        {
            pool.CloseIdle();
        }
    }

    /// <summary>Closes the connections of clients that have no request and are such.</summary>
    public void CloseIdle(Predicate<DownstreamConnection> which)
    {
        foreach (var connection in Loop.Watched.OfType<DownstreamConnection>().Where(connection => which(connection)).ToList())
        {
            connection.CloseIfIdle();
        }
    }

    /// <summary>Closes all connections of clients, whatever they are at.</summary>
    public void AbortAll()
    {
        foreach (var connection in Loop.Watched.OfType<DownstreamConnection>().ToList())
        {
            connection.Abort();
        }
    }

    /// <inheritdoc />
    public override void OnTimer()
    {
        SetTimer();
        LookAtTunnels();
        if (Now >= _sweepAt)
        {
            _sweepAt = Now + SweepEvery;
            foreach (var (destination, pool) in _pools.Where(pair => pair.Value.Open == 0 && Now - pair.Value.UsedAt > ForgottenAfter).ToList())
            {
                pool.Drop();
                _pools.Remove(destination);
            }
        }
    }

    /// <inheritdoc />
    public override void Abort() => SetTimer();

    private void LookAtTunnels()
    {
        if (Tunnels.Count == 0)
        {
            return;
        }

        foreach (var tunnel in Tunnels.ToList())
        {
            tunnel.Look(Now, Now >= _closeTunnelsAt);
        }
    }

    private void SetTimer() => Loop.Timers.Set(_timer, EventLoop.MillisecondOf(Math.Min(Now + LookEvery, _closeTunnelsAt > Now ? _closeTunnelsAt : long.MaxValue)));
}
