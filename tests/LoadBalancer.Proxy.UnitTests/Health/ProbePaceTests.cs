using System.Net;
using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.UnitTests.Health;

/// <summary>When the next probe of a destination comes.</summary>
public sealed class ProbePaceTests : ProbeRig
{
    [Fact]
    public async Task One_that_contradicts_its_verdict_is_probed_fast_until_that_is_settled()
    {
        var fast = TimeSpan.FromMilliseconds(250);
        await StartAsync(Options(fall: 3, fast: fast), "a");
        Answers["a"] = HttpStatusCode.InternalServerError;
        Clock.Advance(Interval);
        await SettleAsync(probes: 2, loops: 1);

        Clock.Advance(fast);
        await SettleAsync(probes: 3, loops: 1);
        Assert.Equal(HealthVerdict.Healthy, Verdict("a"));
        Clock.Advance(fast);
        await SettleAsync(probes: 4, loops: 1);
        Assert.Equal(HealthVerdict.Unhealthy, Verdict("a"));
        Clock.Advance(fast);

        Assert.Equal(4, Wire.Asked.Count);
    }

    [Fact]
    public async Task One_that_has_never_passed_is_probed_fast_until_it_comes_up()
    {
        var fast = TimeSpan.FromMilliseconds(250);
        Answers["a"] = HttpStatusCode.ServiceUnavailable;
        await StartAsync(Options(fast: fast), "a");
        for (var probes = 2; probes <= 10; probes++)
        {
            Clock.Advance(fast);
            await SettleAsync(probes, loops: 1);
        }

        Answers.Clear();
        Clock.Advance(fast);
        await SettleAsync(probes: 11, loops: 1);

        Assert.Equal(HealthVerdict.Healthy, Verdict("a"));
    }

    [Fact]
    public async Task One_that_is_down_is_probed_at_the_interval_of_those()
    {
        await StartAsync(Options(fall: 1, down: Interval * 3), "a");
        Answers["a"] = HttpStatusCode.ServiceUnavailable;
        Clock.Advance(Interval);
        await SettleAsync(probes: 2, loops: 1);

        Clock.Advance((Interval * 3) - TimeSpan.FromTicks(1));
        Assert.Equal(2, Wire.Asked.Count);
        Clock.Advance(TimeSpan.FromTicks(1));
        await SettleAsync(probes: 3, loops: 1);
    }

    [Fact]
    public async Task A_connection_that_fails_asks_for_a_probe_at_once()
    {
        await StartAsync(Options(fast: TimeSpan.FromMilliseconds(250)), "a", "b");
        Clock.Advance(Interval / 4);

        FailToConnect("a");
        await SettleAsync(probes: 3, loops: 2);

        Assert.Equal((2, 1), (Wire.Asked.Count(uri => uri.Host == "a"), Wire.Asked.Count(uri => uri.Host == "b")));
    }

    [Fact]
    public async Task A_probe_that_throws_fails_and_the_next_one_is_sent()
    {
        await StartAsync(Options(fall: 1), "a");
        Answers["a"] = (HttpStatusCode)(-1);
        Clock.Advance(Interval);
        await SettleAsync(probes: 2, loops: 1);
        Assert.Equal(HealthVerdict.Unhealthy, Verdict("a"));

        Answers.Clear();
        Clock.Advance(Interval);
        await SettleAsync(probes: 3, loops: 1);

        Assert.Equal(HealthVerdict.Healthy, Verdict("a"));
    }
}
