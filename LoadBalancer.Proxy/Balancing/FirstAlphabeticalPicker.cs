using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Balancing;

/// <summary>Always the first by name, whatever its weight; the next when that is not available.</summary>
internal sealed class FirstAlphabeticalPicker : Picker
{
    private readonly int[] _byName;

    /// <param name="members">The candidates.</param>
    public FirstAlphabeticalPicker(ReadOnlySpan<Member> members)
    {
        var names = new string[members.Length];
        _byName = new int[members.Length];
        for (var i = 0; i < members.Length; i++)
        {
            (names[i], _byName[i]) = (members[i].Name, i);
        }

        Array.Sort(names, _byName, StringComparer.OrdinalIgnoreCase);
    }

    /// <inheritdoc />
    public override int Pick(in PickContext context)
    {
        foreach (var index in _byName)
        {
            if (!context.Tried.Contains(index))
            {
                return index;
            }
        }

        return -1;
    }
}
