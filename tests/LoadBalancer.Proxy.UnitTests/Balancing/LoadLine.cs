using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Balancing;

/// <summary>Load on a simulated time line: requests come at random moments at a given rate, and each destination answers in its own time.</summary>
internal sealed class LoadLine
{
    private readonly Candidates _candidates;
    private readonly Random _random = new(7);
    private readonly PriorityQueue<(int Index, Answer Answer, long Began), long> _underWay = new();
    private long _now = TimeSpan.TicksPerHour;

    public LoadLine(LoadBalancingPolicy policy, params string[] behaviours)
    {
        _candidates = new Candidates(policy, [.. Enumerable.Repeat(1.0, behaviours.Length)]);
        Behaviours = behaviours;
    }

    /// <summary>How each destination behaves: the milliseconds that it takes on average, <c>hang</c>, or a status and the milliseconds.</summary>
    public string[] Behaviours { get; }

    public Destination[] Destinations => _candidates.Destinations;

    public long Now => _now;

    /// <summary>Sends requests for some seconds.</summary>
    /// <returns>Which part of the requests went to each destination.</returns>
    public double[] Run(double seconds, double perSecond)
    {
        var (until, counts) = (_now + (long)(seconds * TimeSpan.TicksPerSecond), new int[Behaviours.Length]);
        while (true)
        {
            var next = _now + (long)(-Math.Log(1 - _random.NextDouble()) / perSecond * TimeSpan.TicksPerSecond);
            EndUntil(Math.Min(next, until));
            _now = Math.Min(next, until);
            if (next >= until)
            {
                return Array.ConvertAll(counts, count => (double)count / counts.Sum());
            }

            var index = _candidates.Begin(now: _now);
            counts[index]++;
            if (Answer.Of(Behaviours[index]) is { } answer)
            {
                // From half to one and a half times the average.
                _underWay.Enqueue((index, answer, _now), _now + (long)(answer.Milliseconds * (0.5 + _random.NextDouble()) * TimeSpan.TicksPerMillisecond));
            }
        }
    }

    private void EndUntil(long until)
    {
        while (_underWay.TryPeek(out _, out var at) && at <= until)
        {
            var (index, answer, began) = _underWay.Dequeue();
            _candidates.End(index, at, at - began, answer.Status >= 500 ? Outcome.ServerError : Outcome.Success, answer.Status);
        }
    }

    private sealed record Answer(int Status, double Milliseconds)
    {
        public static Answer? Of(string behaviour) => behaviour.Split(' ') switch
        {
            ["hang"] => null,
            [var milliseconds] => new Answer(200, double.Parse(milliseconds, System.Globalization.CultureInfo.InvariantCulture)),
            [var status, var milliseconds] => new Answer(int.Parse(status, null), double.Parse(milliseconds, System.Globalization.CultureInfo.InvariantCulture)),
            _ => throw new ArgumentException(behaviour),
        };
    }
}
