using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

/// <summary>Random events in random order: whatever an engine may run into.</summary>
public sealed class AttemptsRandomTests
{
    private static readonly ClusterOptions Options = new()
    {
        HttpRequest = new() { Timeout = TimeSpan.FromSeconds(60), ActivityTimeout = TimeSpan.FromSeconds(10) },
        Retry = new() { Statuses = StatusRanges.TryParse("500-599"), MaxAttempts = 4 },
    };

    [Fact]
    public void Whatever_happens_nothing_stays_in_flight_and_no_bound_is_broken()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            Play(new Random(seed), seed);
        }
    }

    private static void Play(Random random, int seed)
    {
        var names = Enumerable.Range(0, random.Next(1, 90)).Select(n => $"d{n}").ToArray();
        var line = new RequestLine(Options, string.Join(' ', names), random.Next(2) == 0 ? Traits.Idempotent : Traits.None);
        var (sent, costly, asked) = (0, 0, 0);
        var decision = line.Next();
        while (decision.Act != Act.Done && decision.Act != Act.Refuse && random.Next(200) != 0)
        {
            asked += decision.Act == Act.Send ? 1 : 0;
            decision = Step(line, random, names, ref sent, ref costly);
        }

        // Sometimes the loop was left in the middle, as when the client is gone.
        line.Abandon();
        line.Abandon();

        Assert.True(line.Cluster.Standing.Members.ToArray().All(member => member.Destination.Load.InFlight == 0), $"seed {seed}: something is in flight");
        Assert.True(costly <= 8, $"seed {seed}: {costly} attempts cost something");
        Assert.True(sent <= 4, $"seed {seed}: {sent} attempts were sent");
        Assert.True(line.Now <= 80, $"seed {seed}: ended after {line.Now} s");
        Assert.Equal(asked, line.Asked.Length == 0 ? 0 : line.Asked.Split(' ').Length - (decision.Act == Act.Send ? 1 : 0));
    }

    private static Decision Step(RequestLine line, Random random, string[] names, ref int sent, ref int costly)
    {
        Flip(line, random, names);
        line.CanReplay = random.Next(10) != 0;
        line.Now += random.NextDouble() * 3;
        var wakes = line.WakeAt <= line.Now && line.Woken().CancelMask != 0;
        var headSent = random.Next(3) == 0;
        if (headSent && !wakes && random.Next(2) == 0)
        {
            var head = line.Head(random.Next(2) == 0 ? 200 : 503);
            sent++;
            costly++;
            var outcome = head.Act == Act.Relay ? Outcome.AnswerBroken : Outcome.ServerError;
            return line.Ended(new AttemptResult(outcome, 503, RequestHeadSent: true, ToHead: 1));
        }

        var ended = wakes ? Outcome.Cancelled
            : headSent ? Outcome.Reset
            : random.Next(4) == 0 ? Outcome.ConnectTimeout : Outcome.ConnectFailed;
        sent += headSent ? 1 : 0;
        costly += headSent || ended is Outcome.ConnectTimeout or Outcome.Cancelled ? 1 : 0;
        return line.Ended(new AttemptResult(ended, RequestHeadSent: headSent));
    }

    private static void Flip(RequestLine line, Random random, string[] names)
    {
        if (random.Next(3) == 0)
        {
            line.Registry.SetState(line.Cluster, line.Cluster.Named(names[random.Next(names.Length)]), (OperatorState)random.Next(3));
        }
    }
}
