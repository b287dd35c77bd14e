using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.UnitTests.Resilience;

public sealed class KeyTableTests
{
    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(ulong.MaxValue)]
    public void A_key_has_the_moment_that_it_was_put_in_with(ulong key)
    {
        var table = new KeyTable(100);

        table.TryAdd(key, 7, now: 0, out _);

        var place = table.Find(key);
        Assert.Equal((7, true), (table.Read(place), table.IsAt(place, key)));
    }

    [Fact]
    public void A_key_that_was_not_put_in_is_nowhere() => Assert.Equal(-1, new KeyTable(100).Find(7));

    [Fact]
    public void A_key_is_put_in_once()
    {
        var table = new KeyTable(100);

        Assert.Equal((true, false), (table.TryAdd(7, 1, 0, out _), table.TryAdd(7, 2, 0, out _)));
        Assert.Equal(1, table.Read(table.Find(7)));
    }

    [Fact]
    public void Many_threads_together_put_a_key_in_once()
    {
        var table = new KeyTable(10_000);
        var added = 0;

        Parallel.For(0, 40_000, i =>
        {
            if (table.TryAdd((ulong)(i % 1_000) << 54, i, 0, out _))
            {
                Interlocked.Increment(ref added);
            }
        });

        Assert.Equal(1_000, added);
    }

    [Fact]
    public void In_a_full_set_the_key_of_the_earliest_moment_makes_room()
    {
        // Small keys are all of the first set.
        var table = new KeyTable(100);
        for (var key = 1UL; key <= 16; key++)
        {
            table.TryAdd(key, moment: 100 - (long)key, now: 0, out _);
        }

        Assert.True(table.TryAdd(17, 50, now: 0, out var hasEvicted) && hasEvicted);
        Assert.Equal([16UL], Enumerable.Range(1, 17).Select(key => (ulong)key).Where(key => table.Find(key) < 0));
    }

    [Fact]
    public void A_moment_is_changed_by_who_knows_it_only()
    {
        var table = new KeyTable(100);
        table.TryAdd(7, 1, 0, out _);
        var place = table.Find(7);

        Assert.Equal((false, true, 3), (table.TryChange(place, 2, 9), table.TryChange(place, 1, 3), table.Read(place)));
    }
}
