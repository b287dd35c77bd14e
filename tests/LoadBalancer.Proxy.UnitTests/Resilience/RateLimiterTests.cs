using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.UnitTests.Resilience;

public sealed class RateLimiterTests
{
    private const ulong Key = 42;
    private const long Second = TimeSpan.TicksPerSecond;

    public static readonly TheoryData<RateLimitKey> Kinds = [RateLimitKey.ClientAddress, RateLimitKey.Route];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(7, 7)]
    [InlineData(1000, 20)]
    [InlineData(1_000_000, 1)]
    public void A_steady_rate_that_is_just_allowed_is_let_through_to_the_last_request(int requests, int burst)
    {
        var limiter = Limiter(requests, burst);

        Assert.Equal(5_000, Enumerable.Range(0, 5_000).Count(i => limiter.Take(Key, i * (long)Math.Ceiling((decimal)Second / requests)).IsAdmitted));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(10, 25)]
    public void Of_more_than_that_just_what_is_allowed_is_let_through(int requests, int burst)
    {
        var limiter = Limiter(requests, burst);

        // A thousand a second, for 100 s.
        Assert.Equal((requests * 100) + burst, Enumerable.Range(0, 100_001).Count(i => limiter.Take(Key, i * Second / 1000).IsAdmitted));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void At_once_there_are_as_many_as_the_burst(RateLimitKey by)
    {
        var limiter = Limiter(1, 20, by);

        Assert.Equal(20, Enumerable.Range(0, 100).Count(_ => limiter.Take(Key, now: -5 * Second).IsAdmitted));
    }

    [Fact]
    public void Without_a_burst_of_its_own_there_are_as_many_at_once_as_in_the_whole_time()
    {
        var limiter = new RateLimiter(new RateLimitOptions { Requests = 7, Per = TimeSpan.FromMinutes(1) });

        Assert.Equal(7, Enumerable.Range(0, 100).Count(_ => limiter.Take(Key, now: 0).IsAdmitted));
    }

    [Fact]
    public void After_a_pause_the_burst_is_there_again_and_no_more_than_it()
    {
        var limiter = Limiter(1, 5);
        Take(limiter, times: 5, at: 0);

        Assert.Equal((3, 5), (Take(limiter, times: 10, at: 3 * Second), Take(limiter, times: 10, at: 1_000_000 * Second)));
    }

    [Fact]
    public void What_is_refused_is_not_counted()
    {
        var limiter = Limiter(1, 1);
        Take(limiter, times: 1_000, at: 0);

        Assert.True(limiter.Take(Key, Second).IsAdmitted);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Who_waits_as_long_as_told_is_let_through_and_who_waits_a_moment_less_is_not(RateLimitKey by)
    {
        var limiter = Limiter(3, 2, by);
        Take(limiter, times: 2, at: 17);
        var wait = limiter.Take(Key, 18).Wait;

        Assert.Equal((false, true), (limiter.Take(Key, 18 + wait - 1).IsAdmitted, limiter.Take(Key, 18 + wait).IsAdmitted));
    }

    [Fact]
    public void Each_key_has_a_limit_of_its_own()
    {
        var limiter = Limiter(1, 1);

        Assert.All(Enumerable.Range(0, 1_000), key => Assert.True(limiter.Take((ulong)key << 32, 0).IsAdmitted));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void To_look_counts_nothing(RateLimitKey by)
    {
        var limiter = Limiter(1, 1, by);

        Assert.Equal((0, 0), (limiter.WaitOf(Key, 5), limiter.WaitOf(Key, 5)));
        limiter.Take(Key, 5);
        Assert.Equal(Second, limiter.WaitOf(Key, 5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void In_no_span_of_time_are_there_more_than_the_rate_allows_and_the_burst(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 50; round++)
        {
            var (requests, burst) = (random.Next(1, 50), random.Next(1, 20));
            var limiter = Limiter(requests, burst);
            var (now, admitted) = (random.NextInt64(long.MaxValue / 2), new List<long>());
            for (var i = 0; i < 300; i++)
            {
                now += random.Next(4) == 0 ? random.NextInt64(2 * Second) : random.NextInt64(Second / 20);
                if (limiter.Take(Key, now).IsAdmitted)
                {
                    admitted.Add(now);
                }
            }

            for (var first = 0; first < admitted.Count; first++)
            {
                for (var last = first; last < admitted.Count; last++)
                {
                    Assert.True(last - first + 1 <= ((decimal)(admitted[last] - admitted[first]) / Second * requests) + burst);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Many_threads_together_are_let_through_just_as_often_as_one(RateLimitKey by)
    {
        var limiter = Limiter(1, 1_000, by);
        var admitted = 0;

        Parallel.For(0, 20_000, i =>
        {
            if (limiter.Take(by == RateLimitKey.Route ? Key : Key + (ulong)(i % 4), now: 0).IsAdmitted)
            {
                Interlocked.Increment(ref admitted);
            }
        });

        Assert.Equal(by == RateLimitKey.Route ? 1_000 : 4_000, admitted);
    }

    [Fact]
    public void A_key_that_is_not_remembered_any_more_begins_anew()
    {
        var limiter = Limiter(1, 1, maxKeys: 100);
        limiter.Take(Hash(0), 0);
        var evicted = Enumerable.Range(1, 100_000).Count(key => limiter.Take(Hash(key), 1).HasEvicted);

        Assert.InRange(evicted, 100_000 - new KeyTable(100).Places, 100_000);
        Assert.True(limiter.Take(Hash(0), 2).IsAdmitted);
    }

    [Fact]
    public void Nothing_is_lost_of_a_key_whose_room_is_all_there_again()
    {
        var limiter = Limiter(1, 1, maxKeys: 100);

        Assert.DoesNotContain(Enumerable.Range(0, 10_000), key => limiter.Take(Hash(key), key * Second).HasEvicted);
    }

    [Fact]
    public void The_key_that_has_used_most_is_the_last_to_be_forgotten()
    {
        var limiter = Limiter(1, 100, maxKeys: 100);
        Take(limiter, times: 100, at: 0);

        foreach (var key in Enumerable.Range(0, 10_000))
        {
            limiter.Take(Hash(key), 1);
        }

        Assert.False(limiter.Take(Key, 2).IsAdmitted);
    }

    [Fact]
    public void As_many_keys_as_wanted_are_remembered_but_for_a_few()
    {
        var limiter = Limiter(1, 1);

        Assert.InRange(Enumerable.Range(0, RateLimitOptions.DefaultMaxKeys).Count(key => limiter.Take(Hash(key), 0).HasEvicted), 0, RateLimitOptions.DefaultMaxKeys / 1_000);
    }

    [Fact]
    public void It_allocates_nothing()
    {
        var (limiter, key) = (Limiter(1, 1, maxKeys: 100), 0UL);

        Assert.Equal(0, Allocated.By(10_000, () => limiter.Take(unchecked(++key * 0x9E3779B97F4A7C15), now: 0)));
    }

    private static RateLimiter Limiter(int requests, int burst, RateLimitKey by = RateLimitKey.ClientAddress, int? maxKeys = null) =>
        new(new RateLimitOptions { Requests = requests, Burst = burst, By = by, MaxKeys = maxKeys });

    private static int Take(RateLimiter limiter, int times, long at) => Enumerable.Range(0, times).Count(_ => limiter.Take(Key, at).IsAdmitted);

    private static ulong Hash(int key) => System.IO.Hashing.XxHash64.HashToUInt64(BitConverter.GetBytes(key));
}
