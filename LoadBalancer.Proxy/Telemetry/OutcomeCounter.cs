using System.Diagnostics;
using System.Diagnostics.Metrics;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>
/// Counts requests or attempts by cluster, destination and outcome. Its instrument is told of all that ended alike in one call, when somebody reads the meter:
/// to find the series of a measurement by its tags, each time, costs listeners more than all else that is counted of a request.
/// </summary>
/// <param name="counter">The instrument. While nobody listens to it, nothing is counted.</param>
internal sealed class OutcomeCounter(Counter<long> counter)
{
    // Threads share these by their number. Each has the memory of all destinations that were asked lately.
    private const int MostStripes = 8;

    private static readonly int Outcomes = Enum.GetValues<RequestOutcome>().Length;

    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, Stripes.CountFor(MostStripes)).Select(_ => new Stripe())];
    private readonly Lock _telling = new();

    /// <summary>Counts one.</summary>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="destination">The destination's name; null where there was none.</param>
    /// <param name="outcome">What it ended in.</param>
    public void Add(string cluster, string? destination, RequestOutcome outcome)
    {
        if (counter.Enabled)
        {
            _stripes[Stripes.Own(_stripes.Length)].Add(new Place(cluster, destination), outcome);
        }
    }

    /// <summary>Tells the instrument of all that were counted since.</summary>
    public void Tell()
    {
        // Whoever reads at the same time waits, or would miss what is being told.
        lock (_telling)
        {
            foreach (var stripe in _stripes)
            {
                var counted = stripe.Take();
                foreach (var (place, counts) in counted)
                {
                    if (!counts.AsSpan().ContainsAnyExcept(0))
                    {
                        // It may be gone for good.
                        counted.Remove(place);
                        continue;
                    }

                    Tell(place, counts);
                    Array.Clear(counts);
                }
            }
        }
    }

    /// <summary>The tags of what ended. Without a destination there is none of it.</summary>
    public static TagList TagsOf(string cluster, string? destination, string outcome)
    {
        var tags = new TagList { { TelemetryTags.Cluster, cluster }, { TelemetryTags.Outcome, outcome } };
        if (destination is not null)
        {
            tags.Add(TelemetryTags.Destination, destination);
        }

        return tags;
    }

    private void Tell(Place place, long[] counts)
    {
        for (var outcome = 0; outcome < counts.Length; outcome++)
        {
            if (counts[outcome] > 0)
            {
                counter.Add(counts[outcome], TagsOf(place.Cluster, place.Destination, ((RequestOutcome)outcome).Tag()));
            }
        }
    }

    private readonly record struct Place(string Cluster, string? Destination);

    // Counts go on in one table while those in the other are told. The counts of a place stay, as zeros, so that a place that is asked all the time needs no new memory.
    private sealed class Stripe
    {
        // Also keeps what two threads write to all the time from being side by side in memory.
        private const int Capacity = 32;

        private readonly Lock _lock = new();
        private Dictionary<Place, long[]> _counting = new(Capacity);
        private Dictionary<Place, long[]> _told = new(Capacity);

        public void Add(Place place, RequestOutcome outcome)
        {
            lock (_lock)
            {
                if (!_counting.TryGetValue(place, out var counts))
                {
                    _counting.Add(place, counts = new long[Outcomes]);
                }

                counts[(int)outcome]++;
            }
        }

        public Dictionary<Place, long[]> Take()
        {
            lock (_lock)
            {
                (_counting, _told) = (_told, _counting);
                return _told;
            }
        }
    }
}
