using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.UnitTests.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Resilience;

public sealed class OverloadTests
{
    [Fact]
    public void So_many_requests_are_let_through_at_once()
    {
        var overload = new Overload(new OverloadOptions { MaxRequests = 2 }, null);

        Assert.Equal((null, null, Refusal.Busy), (Begin(overload), Begin(overload), Begin(overload)));
        overload.End();
        Assert.Equal((null, Refusal.Busy), (Begin(overload), Begin(overload)));
        Assert.Equal((2, 2), (overload.InFlight, overload.RefusedFor(OverloadReason.Requests)));
    }

    [Fact]
    public void A_reload_changes_the_limit_and_not_the_count()
    {
        var before = new Overload(new OverloadOptions { MaxRequests = 2 }, null);
        Begin(before);
        Begin(before);
        var after = new Overload(new OverloadOptions { MaxRequests = 3 }, before);

        Assert.Equal((null, Refusal.Busy), (Begin(after), Begin(after)));
        before.End();
        Assert.Equal(2, after.InFlight);
    }

    [Fact]
    public void Memory_is_short_until_there_is_some_room_again()
    {
        var overload = new Overload(new OverloadOptions { MaxMemory = 1000 }, null);

        int[] readings = [900, 1000, 1001, 901, 900, 1000];
        Assert.Equal("no no yes yes no no", string.Join(' ', readings.Select(bytes =>
        {
            overload.NoteMemory(bytes);
            return Begin(overload) is null ? "no" : "yes";
        })));
    }

    [Fact]
    public void Only_the_first_request_of_a_connection_beyond_the_limit_is_refused()
    {
        var overload = new Overload(new OverloadOptions { MaxConnections = 10 }, null);

        Assert.Null(overload.Begin(10, isFirst: true, out _));
        Assert.Null(overload.Begin(11, isFirst: false, out _));
        Assert.Same(Refusal.TooManyConnections, overload.Begin(11, isFirst: true, out var reason));
        Assert.Equal("max_connections", reason.Tag());
    }

    [Fact]
    public void Of_many_threads_no_more_are_let_through_at_once_than_may()
    {
        const int most = 5;
        var overload = new Overload(new OverloadOptions { MaxRequests = most }, null);
        var (inside, highest) = (0, 0);

        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                if (Begin(overload) is not null)
                {
                    continue;
                }

                var now = Interlocked.Increment(ref inside);
                InterlockedMax(ref highest, now);
                Interlocked.Decrement(ref inside);
                overload.End();
            }
        });

        Assert.Equal(0, overload.InFlight);
        Assert.InRange(highest, 1, most);

        static void InterlockedMax(ref int target, int value)
        {
            for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
            {
                if (Interlocked.CompareExchange(ref target, value, seen) == seen)
                {
                    return;
                }
            }
        }
    }

    [Theory]
    [InlineData("""{ "Overload": { "MaxRequests": 1, "MaxMemory": 67108864, "MaxConnections": 9 }, "Limits": { "MaxConnections": 10 } }""")]
    [InlineData("""{ "Overload": {} }""", "Overload: has no effect: it has no MaxRequests, MaxMemory or MaxConnections")]
    [InlineData("""{ "Overload": { "MaxConnections": 10 }, "Limits": { "MaxConnections": 10 } }""", "Overload:MaxConnections: has no effect: 10 connections at most are accepted, by Limits:MaxConnections, and further ones wait")]
    public void Limits_that_have_no_effect_are_errors(string json, params string[] errors)
    {
        var (options, unread) = Json.Options(json);

        Assert.Empty(unread);
        Assert.Equal(errors, LoadBalancerOptionsValidator.Validate(options).Select(error => error.ToString()));
    }

    private static Refusal? Begin(Overload overload) => overload.Begin(0, isFirst: false, out _);
}
