namespace LoadBalancer.Compare.Measuring;

/// <summary>All that was measured in one scenario.</summary>
internal sealed class ScenarioFigures
{
    // For each start, by the name of the proxy: its slots, one a round.
    private readonly List<Dictionary<string, List<Slot>>> _starts = [];

    /// <summary>How many starts there were.</summary>
    public int Starts => _starts.Count;

    /// <summary>Begins a start: what is added from now on belongs to it.</summary>
    public void BeginStart() => _starts.Add([]);

    /// <summary>Adds the slot of a proxy in the next round of the current start.</summary>
    public void Add(string proxy, Slot slot)
    {
        if (!_starts[^1].TryGetValue(proxy, out var slots))
        {
            _starts[^1].Add(proxy, slots = []);
        }

        slots.Add(slot);
    }

    /// <summary>Forgets all slots of a proxy.</summary>
    public void Drop(string proxy) => _starts.ForEach(start => start.Remove(proxy));

    /// <summary>All slots of a proxy.</summary>
    public IReadOnlyList<Slot> SlotsOf(string proxy) => [.. _starts.SelectMany(start => start.GetValueOrDefault(proxy) ?? [])];

    /// <summary>A figure of a proxy, over the starts: of each start the median over its rounds. Null when it was never measured.</summary>
    public Spread? Of(string proxy, Figure figure) => OverStarts(start => start.TryGetValue(proxy, out var slots)
        ? Median(Undisturbed(slots, slot => slot.IsDisturbed).Select(figure.Of))
        : null);

    /// <summary>
    /// A figure of one proxy, divided by that of another in the same round, over the starts.
    /// Null when they were never measured side by side.
    /// </summary>
    public Spread? Ratio(string proxy, string peer, Figure figure) => OverStarts(start =>
    {
        if (!start.TryGetValue(proxy, out var ours) || !start.TryGetValue(peer, out var theirs))
        {
            return null;
        }

        var rounds = Undisturbed([.. ours.Zip(theirs)], round => round.First.IsDisturbed || round.Second.IsDisturbed);
        return rounds.Count == 0 ? null : Median(rounds.Select(round => figure.Of(round.First) / figure.Of(round.Second)));
    });

    private static double Median(IEnumerable<double> figures) => Spread.Of(figures).Median;

    // Where everything was disturbed, a disturbed figure is still the best there is; the table says how many there were.
    private static List<T> Undisturbed<T>(List<T> all, Predicate<T> isDisturbed) => all.TrueForAll(isDisturbed) ? all : all.FindAll(one => !isDisturbed(one));

    private Spread? OverStarts(Func<Dictionary<string, List<Slot>>, double?> figure)
    {
        var figures = _starts.Select(figure).OfType<double>().ToList();
        return figures.Count == 0 ? null : Spread.Of(figures);
    }
}
