using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Sessions;

namespace LoadBalancer.Proxy.Forwarding;

/// <summary>Which destinations a request has tried, and which one is next. A part of <see cref="Attempts"/>, used in place like it.</summary>
internal partial struct Choice
{
    private Cluster _cluster;
    private Standing? _standing;
    private Tried _tried;
    private Tried _unreached;
    private bool _isTrial;
    private bool _isSessionTried;
    private bool _isSessionUnreached;

    /// <summary>Whether the attempt that was taken up last is let through to try its destination.</summary>
    public readonly bool IsTrial => _isTrial;

    /// <summary>What ties the request to a destination.</summary>
    public Affinity Affinity { readonly get; private set; }

    /// <summary>Begins a request.</summary>
    public void Begin(Cluster cluster, Affinity affinity)
    {
        this = default;
        _cluster = cluster;
        Affinity = affinity;
    }

    /// <summary>Picks a destination and takes an attempt on it up.</summary>
    /// <param name="now">The time.</param>
    /// <param name="dice">64 random bits.</param>
    /// <param name="after">The destination that has just failed: when all were tried, one that took the request may then get it again. Null when it may not.</param>
    /// <param name="member">The destination.</param>
    /// <returns>Whether it is taken up.</returns>
    public Admission TryBegin(long now, ulong dice, Destination? after, out Member member)
    {
        // Read anew for each attempt, so that a verdict reached meanwhile counts.
        Follow(_cluster.Standing);
        if (Affinity.Session.Kind != SessionKind.None)
        {
            var admission = TryBeginSession(now, after, out member);
            if (admission == Admission.Admitted || (Affinity.IsStrict && Affinity.Session.Kind != SessionKind.New) || (admission == Admission.Full && _cluster.Options.Queue is not null))
            {
                return admission;
            }
        }

        Tried full = default;
        while (true)
        {
            var index = PickUntried(now, dice);
            if (index < 0 && after is not null)
            {
                index = PickAgain(after, full, now, dice);
            }

            if (index < 0)
            {
                member = default;
                return Forgive(ref full) ? Admission.Full : Admission.Unavailable;
            }

            _tried.Add(index);
            member = _standing!.Available[index];
            switch (member.Destination.TryBegin(_standing.Tolerated, out _isTrial))
            {
                case Admission.Admitted:
                    Forgive(ref full);
                    return Admission.Admitted;
                case Admission.Full:
                    full.Add(index);
                    break;
                default:
                    _unreached.Add(index);
                    break;
            }

            dice = Dice.Remix(dice);
        }
    }

    /// <summary>Says to one that is to wait which places it takes.</summary>
    public readonly void Describe(PlaceWaiter waiter) => waiter.Wants(_cluster, _isSessionTried ? null : Affinity.Session.Destination, _standing!, _tried);

    /// <summary>Notes that an attempt was taken up on a destination that was not picked here.</summary>
    public void NoteBegun(Destination destination)
    {
        Follow(_cluster.Standing);
        _isTrial = false;
        NoteTried(destination);
    }

    /// <summary>Notes that a destination got nothing of the request: it gets no second chance.</summary>
    public void NoteUnreached(Destination destination)
    {
        _isSessionUnreached |= destination == Affinity.Session.Destination;
        if (_standing!.IndexOf(destination) is >= 0 and var index)
        {
            _unreached.Add(index);
        }
    }

    /// <summary>Gives back what was rented.</summary>
    public void Clear()
    {
        _tried.Clear();
        _unreached.Clear();
    }

    // The destination of a session comes before all others. It may have no weight, and may drain.
    private Admission TryBeginSession(long now, Destination? after, out Member member)
    {
        member = default;
        if (Affinity.Session.Destination is not { } destination
            || _cluster.MemberOf(destination) is not { } known
            || (_isSessionTried && !(Affinity.IsStrict && destination == after && !_isSessionUnreached)))
        {
            return Admission.Unavailable;
        }

        member = known;
        var admission = destination.TryBegin(_standing!.Tolerated | destination.ToleratedBySessions(now), out _isTrial);
        if (admission != Admission.Full)
        {
            _isSessionUnreached = admission == Admission.Unavailable;
            NoteTried(destination);
        }

        return admission;
    }

    private void NoteTried(Destination destination)
    {
        _isSessionTried |= destination == Affinity.Session.Destination;
        if (_standing!.IndexOf(destination) is >= 0 and var index)
        {
            _tried.Add(index);
        }
    }

    // Those that had no place may have one the next time. True when there were any.
    private bool Forgive(ref Tried full)
    {
        if (full.IsEmpty)
        {
            return false;
        }

        _tried.RemoveAll(full, _standing!.Available.Length);
        full.Clear();
        return true;
    }

    // What was tried is noted by its place in the standing. In another standing the same destinations may have other places.
    private void Follow(Standing standing)
    {
        if (ReferenceEquals(standing, _standing))
        {
            return;
        }

        if (_standing is { } before)
        {
            var (tried, unreached) = (_tried, _unreached);
            (_tried, _unreached) = (default, default);
            for (var from = 0; from < before.Available.Length; from++)
            {
                if (tried.Contains(from) && standing.IndexOf(before.Available[from].Destination) is >= 0 and var to)
                {
                    _tried.Add(to);
                    if (unreached.Contains(from))
                    {
                        _unreached.Add(to);
                    }
                }
            }

            tried.Clear();
            unreached.Clear();
        }

        _standing = standing;
    }
}
