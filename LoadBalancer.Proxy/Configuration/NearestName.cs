namespace LoadBalancer.Proxy.Configuration;

/// <summary>Finds the known name that a mistyped one was probably meant to be.</summary>
internal static class NearestName
{
    /// <summary>One sentence for the operator: the key is unknown, and what it may have meant.</summary>
    public static string Explain(string unknown, IEnumerable<string> known)
    {
        var names = known.ToArray();
        var nearest = names.MinBy(name => Distance(unknown, name));
        return nearest is not null && Distance(unknown, nearest) <= Math.Max(2, nearest.Length / 3)
            ? $"unknown key; did you mean '{nearest}'?"
            : $"unknown key; known here: {string.Join(", ", names)}";
    }

    /// <summary>How many letters must be added, removed, changed or swapped to make one word of the other, without regard to case.</summary>
    internal static int Distance(string from, string to)
    {
        // Optimal string alignment: three rows of the edit matrix are enough.
        var beforePrevious = new int[to.Length + 1];
        var previous = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var current = new int[to.Length + 1];
            current[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var cost = Same(from[i - 1], to[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(previous[j] + 1, current[j - 1] + 1), previous[j - 1] + cost);
                if (i > 1 && j > 1 && Same(from[i - 1], to[j - 2]) && Same(from[i - 2], to[j - 1]))
                {
                    current[j] = Math.Min(current[j], beforePrevious[j - 2] + 1);
                }
            }

            (beforePrevious, previous) = (previous, current);
        }

        return previous[to.Length];
    }

    private static bool Same(char one, char other) => char.ToUpperInvariant(one) == char.ToUpperInvariant(other);
}
