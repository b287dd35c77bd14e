namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Says how long a loop lets events gather before it asks for them, as network cards hold interrupts back.</summary>
/// <remarks>
/// A loop that is quicker than its peers is woken for every event by itself: its thread leaves the processor and comes back for each, and a destination that is sent one request at a time is woken for each, too.
/// Under load that costs more than a moment's wait does. So events gather where turns follow each other quickly, for a sixteenth of the time that even the quickest requests take,
/// and only while several gather: nobody is held up who would notice, nor a client that waits for each answer before its next request. Why and what else was tried: docs/decisions/0016.
/// </remarks>
internal sealed class EventCoalescing
{
    /// <summary>Events gather for this part of what requests take.</summary>
    public const int Part = 16;

    /// <summary>Events gather for no longer, in ticks of 100 ns.</summary>
    public const long Longest = 200 * TimeSpan.TicksPerMicrosecond;

    /// <summary>A shorter moment is not worth a call, in ticks of 100 ns.</summary>
    public const long Shortest = 25 * TimeSpan.TicksPerMicrosecond;

    /// <summary>A turn is quick that begins so soon after the one before, in ticks of 100 ns.</summary>
    public const long Quick = 200 * TimeSpan.TicksPerMicrosecond;

    /// <summary>After so many quick turns there is load.</summary>
    public const int QuickTurns = 16;

    /// <summary>From so many events in a turn on, they gather by themselves: the loop has work.</summary>
    public const int ManyEvents = 16;

    /// <summary>With more events to a request, they are parts of long bodies, which only come later when they are let gather.</summary>
    public const int MostEventsOfRequest = 5;

    /// <summary>With fewer events, letting them gather has gained nothing.</summary>
    public const int LeastGathered = 2;

    /// <summary>For so many turns it is not tried again when it gains nothing.</summary>
    public const int Pause = 1_000;

    // What counts as load is not forgotten over a few slow turns.
    private const int MostLoad = 256;
    private const int SlowTurn = 2;

    // Nor is it over at once when too few have gathered.
    private const int MostWorth = 8;
    private const int LossOfWorth = 2;

    // So many events back, about, it is looked how many there are to a request.
    private const int Window = 8_192;

    // A tenth of the requests is quicker than what this settles at: it rises by a ninth of what it falls by.
    private const int Fall = 16;
    private const int Rise = 9 * Fall;

    private int _load;
    private int _worth;
    private int _events;
    private int _lately;
    private int _answered;
    private long _before;
    private long _quickRequest;

    /// <summary>How long to let events gather before the next turn, in ticks of 100 ns; 0 for not at all.</summary>
    public long Moment => _load >= QuickTurns && _events < ManyEvents && _quickRequest >= Part * Shortest && _lately <= _answered * MostEventsOfRequest
        ? Math.Min(_quickRequest / Part, Longest)
        : 0;

    /// <summary>A turn begins.</summary>
    /// <param name="now">When, in monotonic ticks of 100 ns.</param>
    /// <param name="events">How many events it has.</param>
    /// <param name="haveGathered">Whether they were let gather.</param>
    public void Turn(long now, int events, bool haveGathered)
    {
        var isQuick = haveGathered || now - _before < Quick;
        (_before, _events) = (now, events);
        _load = isQuick || _load < 0 ? Math.Min(_load + 1, MostLoad) : Math.Max(_load - SlowTurn, 0);
        if (haveGathered)
        {
            Judge(isWorthIt: events >= LeastGathered);
        }

        _lately += events;
        if (_lately >= Window)
        {
            (_lately, _answered) = (_lately / 2, _answered / 2);
        }
    }

    /// <summary>A request was answered.</summary>
    /// <param name="elapsed">How long it took, in ticks of 100 ns.</param>
    public void Answered(long elapsed)
    {
        _answered++;
        _quickRequest += elapsed < _quickRequest ? -(_quickRequest / Fall) : (_quickRequest / Rise) + 1;
    }

    private void Judge(bool isWorthIt)
    {
        _worth = isWorthIt ? Math.Min(_worth + 1, MostWorth) : _worth - LossOfWorth;
        if (_worth < 0)
        {
            (_worth, _load) = (0, QuickTurns - Pause);
        }
    }
}
