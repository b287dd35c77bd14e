using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

/// <summary>Picks the first that was not tried, and remembers what it chose among.</summary>
internal sealed class SpyPicker : Picker
{
    /// <summary>The candidates of the last pick that were not tried; null before the first.</summary>
    public string? Seen { get; private set; }

    /// <summary>The key of the last pick.</summary>
    public ulong? Hash { get; private set; }

    public override int Pick(in PickContext context)
    {
        var untried = new List<int>();
        for (var index = 0; index < context.Candidates.Length; index++)
        {
            if (!context.Tried.Contains(index))
            {
                untried.Add(index);
            }
        }

        Hash = context.Hash;
        Seen = string.Join(' ', untried.ConvertAll(index => index).Select(Name(context.Candidates.ToArray())));
        return untried.Count == 0 ? -1 : untried[0];

        static Func<int, string> Name(Destination[] candidates) => index => candidates[index].Address.Host;
    }
}
