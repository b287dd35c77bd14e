using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>Who of a cluster is available, and the picker over them, at one moment. It never changes.</summary>
internal sealed class Standing
{
    private readonly Member[] _members;
    private readonly DestinationFlags[] _flags;
    private readonly double[] _weights;
    private readonly double[] _weightsInForce;
    private readonly Placement[] _placements;
    private readonly Member[] _available;
    private readonly Destination[] _candidates;

    /// <param name="options">The cluster's options.</param>
    /// <param name="members">Every destination of the cluster, in the order in which they take turns.</param>
    /// <param name="createPicker">Makes the picker.</param>
    /// <param name="previous">The picker before, if there was one.</param>
    /// <param name="now">The time, in monotonic ticks of 100 ns.</param>
    /// <param name="forgotten">Flags that are about to be taken away, and do not count any more.</param>
    public Standing(
        ClusterOptions options, Member[] members, CreatePicker createPicker, Picker? previous, long now, DestinationFlags forgotten = DestinationFlags.None)
    {
        // Requests change flags at any time, so each is read once.
        _members = members;
        _flags = Array.ConvertAll(members, member => FlagsOf(member) & ~forgotten);
        _weights = Array.ConvertAll(members, member => WeightOf(member, options, now));
        var lineup = Lineup.Of(options, members, _flags, _weights);
        _placements = lineup.Placements;
        var candidates = lineup.Candidates.ConvertAll(i => members[i]).ToArray();
        _available = [.. candidates, .. lineup.Reserve.Select(i => members[i])];
        _candidates = Array.ConvertAll(candidates, member => member.Destination);
        Tolerated = lineup.Tolerated;
        var shares = _weightsInForce = InForce(lineup);
        Picker = createPicker(new PickerPlan(options, candidates, lineup.Candidates.ConvertAll(i => shares[i]).ToArray()), previous);
    }

    /// <summary>Every destination, in the order in which they take turns.</summary>
    public ReadOnlySpan<Member> Members => _members;

    /// <summary>The weight of each of the <see cref="Members"/>: a part of it while it warms up.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>The same as the picker goes by them: those in other zones count less or more beside the own zone.</summary>
    public ReadOnlySpan<double> WeightsInForce => _weightsInForce;

    /// <summary>Where each of the <see cref="Members"/> stands, and why there.</summary>
    public ReadOnlySpan<Placement> Placements => _placements;

    /// <summary>Those that may be picked: first the <see cref="Candidates"/>, in the same order, then those that are tried after them.</summary>
    public ReadOnlySpan<Member> Available => _available;

    /// <summary>Those that the picker chooses among.</summary>
    public ReadOnlySpan<Destination> Candidates => _candidates;

    /// <summary>The flags that do not matter now: too many destinations have them (see <see cref="PanicOptions"/>).</summary>
    public DestinationFlags Tolerated { get; }

    /// <summary>Chooses among the candidates.</summary>
    public Picker Picker { get; }

    /// <summary>Picks one that was not tried.</summary>
    /// <param name="tried">A bit for each of <see cref="Available"/>.</param>
    /// <param name="hash">The key of the request, if it has one.</param>
    /// <param name="dice">64 random bits.</param>
    /// <param name="now">The time, in monotonic ticks of 100 ns.</param>
    /// <returns>The index within <see cref="Available"/>, or -1 when none is left.</returns>
    public int Pick(in Tried tried, ulong? hash, ulong dice, long now)
    {
        var index = _candidates.Length == 0 ? -1 : Picker.Pick(new PickContext(_candidates, tried, hash, dice, now));
        return index >= 0 ? index : PickReserve(tried);
    }

    /// <summary>Says what <see cref="Pick"/> would give for a request that has tried nobody, and takes no turn.</summary>
    /// <param name="hash">The key of the request, if it has one.</param>
    /// <param name="dice">64 random bits.</param>
    /// <param name="now">The time, in monotonic ticks of 100 ns.</param>
    public int Peek(ulong? hash, ulong dice, long now)
    {
        Tried none = default;
        var index = _candidates.Length == 0 ? -1 : Picker.Peek(new PickContext(_candidates, none, hash, dice, now));
        return index >= 0 ? index : PickReserve(none);
    }

    /// <summary>The index of a destination within <see cref="Available"/>, or -1.</summary>
    public int IndexOf(Destination destination)
    {
        for (var index = 0; index < _available.Length; index++)
        {
            if (_available[index].Destination == destination)
            {
                return index;
            }
        }

        return -1;
    }

    /// <summary>Whether it still says what its members' flags and weights say.</summary>
    /// <param name="options">The cluster's options.</param>
    /// <param name="now">The time, in monotonic ticks of 100 ns.</param>
    /// <param name="forgotten">Flags that are about to be taken away, and do not count any more.</param>
    public bool IsCurrent(ClusterOptions options, long now, DestinationFlags forgotten = DestinationFlags.None)
    {
        for (var i = 0; i < _members.Length; i++)
        {
            if ((FlagsOf(_members[i]) & ~forgotten) != _flags[i] || WeightOf(_members[i], options, now) != _weights[i])
            {
                return false;
            }
        }

        return true;
    }

    private static DestinationFlags FlagsOf(Member member) => member.Destination.Flags & (DestinationFlags.Unavailable | DestinationFlags.Suspect);

    private static double WeightOf(Member member, ClusterOptions options, long now) =>
        member.Weight * SlowStart.ShareAt(options.SlowStart, member.Destination.WarmsUpSince, now);

    private double[] InForce(Lineup lineup)
    {
        if (lineup.WeightElsewhere is 0 or 1)
        {
            return _weights;
        }

        var weights = (double[])_weights.Clone();
        foreach (var place in lineup.Candidates.Where(place => _members[place].Definition.IsElsewhere))
        {
            weights[place] *= lineup.WeightElsewhere;
        }

        return weights;
    }

    // In their order: whose turn it is does not matter here, where each is likely to cost a timeout, or has others to go before it.
    private int PickReserve(in Tried tried)
    {
        for (var index = _candidates.Length; index < _available.Length; index++)
        {
            if (!tried.Contains(index))
            {
                return index;
            }
        }

        return -1;
    }
}
