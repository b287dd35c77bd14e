using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.UnitTests.Resilience;

public sealed class WaitQueueTests
{
    private readonly WaitQueue<string> _queue = new();

    [Fact]
    public void The_first_to_come_is_the_first_to_be_served()
    {
        var (first, second) = (Enter(), Enter());

        Assert.Equal([first, second, null], [_queue.Hand("1"), _queue.Hand("2"), _queue.Hand("3")]);
        Assert.Equal(("1", "2"), (_queue.Leave(first), _queue.Leave(second)));
    }

    [Fact]
    public void One_that_does_not_take_a_place_is_passed_by_and_keeps_its_turn()
    {
        var (picky, other) = (Enter("b"), Enter());

        Assert.Same(other, _queue.Hand("a"));
        Assert.Same(picky, _queue.Hand("b"));
    }

    [Fact]
    public void Who_leaves_gets_nothing_and_is_in_nobodys_way()
    {
        var (first, second, third) = (Enter(), Enter(), Enter());

        Assert.Null(_queue.Leave(second));
        Assert.Equal([first, third, null], [_queue.Hand("1"), _queue.Hand("2"), _queue.Hand("3")]);
    }

    // Between being served and leaving, the place is its own: whoever leaves must pass it on.
    [Fact]
    public void Who_leaves_after_it_was_served_is_told_so()
    {
        var waiter = Enter();
        _queue.Hand("1");

        Assert.Equal(("1", null), (_queue.Leave(waiter), _queue.Leave(waiter)));
    }

    [Fact]
    public void No_more_than_so_many_wait()
    {
        Assert.True(_queue.TryEnter(new Waiter(), most: 1));
        Assert.False(_queue.TryEnter(new Waiter(), most: 1));
        Assert.Equal(1, _queue.Count);
    }

    [Fact]
    public void All_are_let_go_when_there_is_nothing_to_wait_for()
    {
        Waiter[] waiters = [Enter(), Enter()];

        _queue.Dismiss();

        Assert.All(waiters, waiter => Assert.Equal((WaiterState.Dismissed, 1, null), (waiter.State, waiter.Woken, _queue.Leave(waiter))));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void A_waiter_can_wait_again()
    {
        var waiter = Enter();
        _queue.Hand("1");
        _queue.Leave(waiter);

        Assert.True(_queue.TryEnter(waiter, most: 10));
        Assert.Same(waiter, _queue.Hand("2"));
    }

    [Fact]
    public void To_wait_allocates_nothing()
    {
        var waiter = new Waiter();

        Assert.Equal(0, Allocated.By(1_000, () =>
        {
            _queue.TryEnter(waiter, 10);
            _queue.Hand("a");
            _queue.Leave(waiter);
        }));
    }

    // Against a list, which cannot be wrong.
    [Fact]
    public void Over_a_million_random_steps_it_is_a_queue()
    {
        var random = new Random(7);
        var waiting = new List<Waiter>();
        var idle = new Stack<Waiter>(Enumerable.Range(0, 20).Select(_ => new Waiter()));
        for (var step = 0; step < 1_000_000; step++)
        {
            switch (random.Next(3))
            {
                case 0 when idle.Count > 0:
                    var entering = idle.Pop();
                    entering.Wanted = random.Next(4) == 0 ? "b" : null;
                    Assert.Equal(waiting.Count < 15, _queue.TryEnter(entering, most: 15));
                    (waiting.Count < 15 ? (Action<Waiter>)waiting.Add : idle.Push)(entering);
                    break;
                case 1 when waiting.Count > 0:
                    var leaving = waiting[random.Next(waiting.Count)];
                    Assert.Null(_queue.Leave(leaving));
                    waiting.Remove(leaving);
                    idle.Push(leaving);
                    break;
                default:
                    var place = random.Next(2) == 0 ? "a" : "b";
                    var expected = waiting.Find(waiter => waiter.Takes(place));
                    Assert.Same(expected, _queue.Hand(place));
                    if (expected is not null)
                    {
                        Assert.Equal(place, _queue.Leave(expected));
                        waiting.Remove(expected);
                        idle.Push(expected);
                    }

                    break;
            }

            Assert.Equal(waiting.Count, _queue.Count);
        }
    }

    private Waiter Enter(string? wanted = null)
    {
        var waiter = new Waiter { Wanted = wanted };
        Assert.True(_queue.TryEnter(waiter, most: 10));
        return waiter;
    }

    private sealed class Waiter : WaitQueue<string>.Waiter
    {
        public string? Wanted { get; set; }

        public int Woken { get; private set; }

        public override bool Takes(string place) => Wanted is null || Wanted == place;

        public override void Wake() => Woken++;
    }
}
