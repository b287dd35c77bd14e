using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>Chooses a destination. Pure choice: no request, clock, log or wait; called by many threads at once.</summary>
internal abstract class Picker
{
    /// <summary>Chooses one of the candidates that was not tried.</summary>
    /// <remarks>A pick with something tried is a further attempt, and takes no turn of the first ones.</remarks>
    /// <returns>Its index, or -1 when there is none.</returns>
    public abstract int Pick(in PickContext context);

    /// <summary>What <see cref="Pick"/> would give, without changing anything.</summary>
    public virtual int Peek(in PickContext context) => Pick(context);
}

/// <summary>What a pick goes by.</summary>
internal readonly ref struct PickContext(ReadOnlySpan<Destination> candidates, Tried tried, ulong? hash, ulong dice, long now)
{
    /// <summary>The available destinations, in the order of the plan's members.</summary>
    public ReadOnlySpan<Destination> Candidates { get; } = candidates;

    /// <summary>Those of them that the request has tried.</summary>
    public Tried Tried { get; } = tried;

    /// <summary>The key by which the same client gets the same destination, or null when the request has none.</summary>
    public ulong? Hash { get; } = hash;

    /// <summary>64 random bits.</summary>
    public ulong Dice { get; } = dice;

    /// <summary>The time, in monotonic ticks of 100 ns.</summary>
    public long Now { get; } = now;

    /// <summary>An untried candidate, each with the same chance.</summary>
    /// <returns>Its index, or -1 when there is none.</returns>
    public int PickUntried()
    {
        var left = Candidates.Length - Tried.CountBelow(Candidates.Length);
        if (left == 0)
        {
            return -1;
        }

        var skip = (int)Math.BigMul(Dice, (ulong)left, out _);
        for (var index = 0; index < Candidates.Length; index++)
        {
            if (!Tried.Contains(index) && skip-- == 0)
            {
                return index;
            }
        }

        return -1;
    }
}

/// <summary>What a picker is made for.</summary>
/// <param name="options">The cluster's options.</param>
/// <param name="members">The available members, in the order in which they take turns.</param>
/// <param name="weights">The weight of each, above zero; a part of it while it warms up.</param>
internal readonly ref struct PickerPlan(ClusterOptions options, ReadOnlySpan<Member> members, ReadOnlySpan<double> weights)
{
    public ClusterOptions Options { get; } = options;

    public ReadOnlySpan<Member> Members { get; } = members;

    public ReadOnlySpan<double> Weights { get; } = weights;
}

/// <summary>Makes the picker of a snapshot. The picker that it follows, if there is one, may go on itself or hand on what it has learned.</summary>
internal delegate Picker CreatePicker(in PickerPlan plan, Picker? previous);
