using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

/// <summary>Random events of up to two attempts at once, in random order: whatever an engine may run into, also what comes too late.</summary>
public sealed class AttemptsHedgeRandomTests
{
    private static readonly ClusterOptions Options = new()
    {
        HttpRequest = new() { Timeout = TimeSpan.FromSeconds(60), ActivityTimeout = TimeSpan.FromSeconds(10) },
        Retry = new() { Statuses = StatusRanges.TryParse("503"), MaxAttempts = 4 },
        Hedge = new() { Delay = TimeSpan.FromSeconds(1) },
    };

    [Fact]
    public void Whatever_happens_nothing_stays_in_flight_and_no_bound_is_broken()
    {
        var (hedged, relayed) = (0, 0);
        for (var seed = 0; seed < 1_000; seed++)
        {
            var game = new Game(new Random(seed), seed);
            game.Play();
            hedged += game.Hedged;
            relayed += game.Relayed;
        }

        // Else the test would show nothing.
        Assert.True(hedged > 200 && relayed > 200, $"{hedged} hedges, {relayed} answers");
    }

    private sealed class Game(Random random, int seed)
    {
        private readonly RequestLine _line = new(Options, string.Join(' ', Enumerable.Range(0, random.Next(1, 8)).Select(n => $"d{n}")));
        private readonly bool[] _isOpen = new bool[Attempts.Slots];
        private int _sent;
        private bool _isOver;

        public int Hedged { get; private set; }

        public int Relayed { get; private set; }

        private int Open => _isOpen.Count(isOpen => isOpen);

        public void Play()
        {
            Take(_line.Next());

            // Sometimes the engine leaves in the middle, as when the client is gone.
            while (Open > 0 && random.Next(100) != 0)
            {
                _line.Now += random.NextDouble() * 2;
                Flip();
                Step(random.Next(Attempts.Slots));
            }

            var expected = Open == 0 && _sent > 0;
            _line.Abandon();
            _line.Abandon();

            Assert.True(_line.Cluster.Standing.Members.ToArray().All(member => member.Destination.Load.InFlight == 0), $"seed {seed}: something is in flight");
            Assert.True(_sent <= Options.Retry.MaxAttempts, $"seed {seed}: {_sent} attempts were sent");
            Assert.True(!expected || _isOver, $"seed {seed}: nothing is open, and nothing was decided");
        }

        private void Step(int slot)
        {
            if (_line.WakeAt <= _line.Now || random.Next(10) == 0)
            {
                var before = Open;
                var woken = _line.Woken();
                Take(woken);
                Hedged += woken.Act == Act.Send && before == 1 ? 1 : 0;
            }
            else if (random.Next(10) == 0)
            {
                _line.Moved();
            }

            if (!_isOpen[slot])
            {
                // What is heard of an attempt that has ended changes nothing.
                if (random.Next(4) == 0)
                {
                    Assert.True(_line.Ended(Outcome.Reset, slot).Act is Act.Done or Act.Wait, $"seed {seed}: an attempt ended twice");
                }

                return;
            }

            switch (random.Next(6))
            {
                case 0:
                    End(slot, random.Next(4) == 0 ? Outcome.ConnectTimeout : Outcome.ConnectFailed, headSent: false);
                    break;
                case 1:
                    End(slot, Outcome.Reset, headSent: true);
                    break;
                case 2:
                    End(slot, random.Next(3) switch { 0 => Outcome.ClientLeft, 1 => Outcome.InvalidAnswer, _ => Outcome.Cancelled }, headSent: true);
                    break;
                default:
                    Answer(slot);
                    break;
            }
        }

        private void Answer(int slot)
        {
            var head = _line.Head(random.Next(3) == 0 ? 503 : 200, slot);
            if (head.Act == Act.Relay)
            {
                Assert.False(_isOver, $"seed {seed}: two answers");
                _isOver = true;
                Relayed++;
            }

            // A relay takes its time, and losers end meanwhile.
            if (head.Act != Act.Relay || random.Next(2) == 0)
            {
                End(slot, head.Act == Act.Relay ? Outcome.Success : Outcome.ServerError, headSent: true);
            }
        }

        private void End(int slot, Outcome outcome, bool headSent)
        {
            _isOpen[slot] = false;
            _sent += headSent ? 1 : 0;
            _line.CanReplay = random.Next(10) != 0;
            Take(_line.Ended(new AttemptResult(outcome, RequestHeadSent: headSent), slot));
        }

        private void Take(Decision decision)
        {
            if (decision.Act == Act.Send)
            {
                Assert.False(_isOver, $"seed {seed}: sent after the end");
                Assert.False(_isOpen[decision.Slot], $"seed {seed}: sent in a slot that is taken");
                _isOpen[decision.Slot] = true;
            }

            _isOver |= decision.Act is Act.Refuse or Act.Done;
        }

        private void Flip()
        {
            if (random.Next(6) == 0)
            {
                var members = _line.Cluster.Standing.Members;
                _line.Registry.SetState(_line.Cluster, members[random.Next(members.Length)].Destination, (OperatorState)random.Next(3));
            }
        }
    }
}
