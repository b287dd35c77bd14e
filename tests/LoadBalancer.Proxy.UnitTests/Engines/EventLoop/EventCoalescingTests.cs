using LoadBalancer.Proxy.Engines.EventLoop;
using static LoadBalancer.Proxy.Engines.EventLoop.EventCoalescing;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class EventCoalescingTests
{
    // Long enough for any guess to have settled.
    private const int ManyRequests = 10_000;
    private const long Slow = 10 * Part * Longest;

    private readonly EventCoalescing _coalescing = new();
    private long _now;

    [Fact]
    public void Events_gather_once_turns_follow_each_other_quickly()
    {
        Answer(ManyRequests, Slow);

        Assert.Equal(QuickTurns, TurnsUntilEventsGather());
        Assert.Equal(Longest, _coalescing.Moment);
    }

    [Fact]
    public void Slow_turns_are_no_load()
    {
        Answer(ManyRequests, Slow);

        Assert.Null(TurnsUntilEventsGather(Quick));
    }

    [Fact]
    public void Events_go_on_gathering_however_long_they_do()
    {
        UnderLoad(Slow);
        for (var turn = 0; turn < Pause; turn++)
        {
            Gather(LeastGathered);
        }

        Assert.Equal(Longest, _coalescing.Moment);
    }

    [Fact]
    public void A_few_slow_turns_do_not_end_a_load()
    {
        UnderLoad(Slow);
        Turn(Quick);
        Assert.Equal(Longest, _coalescing.Moment);

        for (var turn = 0; turn < 10 * QuickTurns; turn++)
        {
            Turn(Quick);
        }

        Assert.Equal(0, _coalescing.Moment);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(LeastGathered - 1)]
    public void When_too_few_gather_it_is_not_tried_again_for_long(int gathered)
    {
        UnderLoad(Slow);
        Gather(gathered);

        Assert.Equal(0, _coalescing.Moment);
        Assert.Equal(Pause, TurnsUntilEventsGather());
    }

    [Fact]
    public void When_enough_gather_most_of_the_time_it_goes_on()
    {
        UnderLoad(Slow);
        for (var turn = 0; turn < Pause; turn++)
        {
            Gather(LeastGathered);
            Gather(LeastGathered);
            Gather(LeastGathered);
            Gather(LeastGathered - 1);
        }

        Assert.Equal(Longest, _coalescing.Moment);
    }

    [Fact]
    public void When_enough_gather_now_and_then_only_it_is_given_up()
    {
        UnderLoad(Slow);
        var tries = 0;
        while (_coalescing.Moment > 0 && tries < Pause)
        {
            Gather(tries++ % 2 == 0 ? LeastGathered : LeastGathered - 1);
        }

        Assert.InRange(tries, 1, 10);
    }

    [Theory]
    [InlineData(MostEventsOfRequest - 1, Longest)]
    [InlineData(MostEventsOfRequest + 1, 0)]
    public void Parts_of_long_bodies_do_not_gather(int eventsOfRequest, long moment)
    {
        UnderLoad(Slow);
        for (var request = 0; request < ManyRequests; request++)
        {
            Turn(Quick - 1, eventsOfRequest);
            _coalescing.Answered(Slow);
        }

        Assert.Equal(moment, _coalescing.Moment);
    }

    [Fact]
    public void Many_events_gather_by_themselves()
    {
        UnderLoad(Slow);
        Turn(Quick - 1, ManyEvents);
        Assert.Equal(0, _coalescing.Moment);

        Turn(Quick - 1, ManyEvents - 1);
        Assert.Equal(Longest, _coalescing.Moment);
    }

    [Theory]
    [InlineData(Part * Longest / 2, Longest / 2)]
    [InlineData(Part * Longest * 2, Longest)]
    public void Events_gather_for_a_part_of_what_requests_take(long elapsed, long moment)
    {
        UnderLoad(elapsed);

        Assert.InRange(_coalescing.Moment, moment * 0.9, moment * 1.1);
    }

    [Fact]
    public void Requests_that_are_quick_are_not_held_up()
    {
        UnderLoad(Part * Shortest * 8 / 10);

        Assert.Equal(0, _coalescing.Moment);
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(50, Longest)]
    public void The_quickest_tenth_of_the_requests_says_how_long_events_may_gather(int oneQuickIn, long moment)
    {
        UnderLoad(Slow);
        for (var i = 0; i < ManyRequests; i++)
        {
            _coalescing.Answered(i % oneQuickIn == 0 ? 0 : Slow);
        }

        Assert.Equal(moment, _coalescing.Moment);
    }

    [Fact]
    public void Without_an_answer_nothing_is_known_and_nothing_gathers() => Assert.Null(TurnsUntilEventsGather());

    [Fact]
    public void What_quick_requests_say_is_heard_soon()
    {
        UnderLoad(Slow);
        Answer(200, 0);

        Assert.Equal(0, _coalescing.Moment);
    }

    private void UnderLoad(long elapsed)
    {
        Answer(ManyRequests, elapsed);
        for (var turn = 0; turn < 10 * QuickTurns; turn++)
        {
            Turn(Quick - 1);
        }
    }

    private void Answer(int requests, long elapsed)
    {
        for (var i = 0; i < requests; i++)
        {
            _coalescing.Answered(elapsed);
        }
    }

    private void Turn(long since, int events = 1) => _coalescing.Turn(_now += since, events, haveGathered: false);

    private void Gather(int events) => _coalescing.Turn(_now += Longest + Quick, events, haveGathered: true);

    private int? TurnsUntilEventsGather(long since = Quick - 1)
    {
        for (var turn = 1; turn <= 2 * Pause; turn++)
        {
            Turn(since);
            if (_coalescing.Moment > 0)
            {
                return turn;
            }
        }

        return null;
    }
}
