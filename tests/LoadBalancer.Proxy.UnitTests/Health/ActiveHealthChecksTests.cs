using System.Net;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Health;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.UnitTests.Health;

public sealed class ActiveHealthChecksTests : ProbeRig
{
    [Fact]
    public async Task Every_destination_is_probed_at_once()
    {
        await StartAsync(Options(), "a", "b", "c");

        Assert.Equal(["http://a/", "http://b/", "http://c/"], Wire.Asked.Select(uri => uri.AbsoluteUri).Order());
    }

    [Fact]
    public async Task Nothing_is_probed_before_the_listeners_are_open()
    {
        Registry.Apply([Make.Cluster("web", Options(), "a")]);

        await ((Microsoft.Extensions.Hosting.IHostedService)Checks).StartAsync(CancellationToken.None);

        Assert.Empty(Wire.Asked);
    }

    [Fact]
    public async Task A_cluster_that_wants_no_probes_gets_none()
    {
        await StartAsync(new ClusterOptions(), "a");

        Assert.Equal((0, 0), (Wire.Asked.Count, Clock.ArmedTimers));
    }

    [Fact]
    public async Task The_next_probe_comes_an_interval_after_the_last_has_ended()
    {
        await StartAsync(Options(), "a");

        Clock.Advance(Interval - TimeSpan.FromTicks(1));
        Assert.Single(Wire.Asked);
        Clock.Advance(TimeSpan.FromTicks(1));
        await SettleAsync(probes: 2, loops: 1);

        Assert.Equal(2, Wire.Asked.Count);
    }

    [Fact]
    public async Task A_destination_that_hangs_delays_no_other()
    {
        Answers["hung"] = null;
        Registry.Apply([Make.Cluster("web", Options() with { HealthCheck = new() { Active = new() { Enabled = true, Interval = Interval, Timeout = TimeSpan.FromHours(1) } } }, "hung", "a", "b")]);
        await Checks.StartedAsync(CancellationToken.None);

        for (var round = 1; round <= 3; round++)
        {
            await SettleAsync(probes: 2 * round, loops: 3);
            Clock.Advance(Interval);
        }

        Assert.Equal(1, Wire.Asked.Count(uri => uri.Host == "hung"));
    }

    [Fact]
    public async Task A_destination_goes_out_after_fall_and_comes_back_after_rise()
    {
        await StartAsync(Options(rise: 2, fall: 2), "a");
        var verdicts = new List<HealthVerdict> { Verdict("a") };
        foreach (var status in new[] { 500, 500, 200, 200 })
        {
            Answers["a"] = (HttpStatusCode)status;
            Clock.Advance(Interval);
            await SettleAsync(probes: verdicts.Count + 1, loops: 1);
            verdicts.Add(Verdict("a"));
        }

        Assert.Equal([HealthVerdict.Healthy, HealthVerdict.Healthy, HealthVerdict.Unhealthy, HealthVerdict.Unhealthy, HealthVerdict.Healthy], verdicts);
    }

    [Fact]
    public async Task A_destination_that_goes_down_is_a_warning_with_the_attributes_of_the_contract()
    {
        Answers["a"] = HttpStatusCode.InternalServerError;

        await StartAsync(Options(), "a");

        var record = await Logs.WaitForAsync("the following host");
        Assert.Equal((LogLevel.Warning, "the following host is down a (status code: 500)"), (record.Level, record.Message));
        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["lb.cluster"] = "web",
                ["lb.destination"] = "a",
                ["lb.from"] = "Unknown",
                ["lb.to"] = "Unhealthy",
                ["lb.reason"] = "status code: 500",
            },
            record.Attributes);
    }

    [Fact]
    public async Task A_destination_that_is_up_is_told_without_a_reason()
    {
        await StartAsync(Options(), "a");

        var record = await Logs.WaitForAsync("the following host");
        Assert.Equal((LogLevel.Information, "the following host is up a", "Healthy"), (record.Level, record.Message, record.Attributes["lb.to"]));
    }

    [Fact]
    public async Task A_probe_is_told_for_those_who_want_to_know()
    {
        await StartAsync(Options(), "a");

        var record = await Logs.WaitForAsync("performing health check");
        Assert.Equal((LogLevel.Debug, "performing health check on the following server a"), (record.Level, record.Message));
    }

    [Fact]
    public async Task A_verdict_that_stays_is_told_once()
    {
        await StartAsync(Options(), "a");
        Clock.Advance(Interval);
        await SettleAsync(probes: 2, loops: 1);

        Assert.Single(Logs.Records, record => record.Message.StartsWith("the following host", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_change_of_verdict_counts()
    {
        await StartAsync(Options(), "a");

        Assert.Equal(1, Measured.Sum("lb.health.transitions", "lb.cluster=web", "lb.destination=a", "lb.to=Healthy"));
    }

    [Fact]
    public async Task A_destination_that_a_reload_adds_is_probed_at_once_and_the_others_are_not()
    {
        await StartAsync(Options(), "a");

        Registry.Apply([Make.Cluster("web", Options(), "a", "b")]);
        await SettleAsync(probes: 2, loops: 2);

        Assert.Equal(["a", "b"], Wire.Asked.Select(uri => uri.Host));
    }

    [Fact]
    public async Task A_reload_leaves_the_schedule_of_a_destination_that_it_does_not_change()
    {
        await StartAsync(Options(), "a");
        Clock.Advance(Interval / 2);

        Registry.Apply([Make.Cluster("web", Options(), "a", "b")]);
        await SettleAsync(probes: 2, loops: 2);
        Clock.Advance(Interval / 2);
        await SettleAsync(probes: 3, loops: 2);

        Assert.Equal(["a", "b", "a"], Wire.Asked.Select(uri => uri.Host));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_destinations_are_not_probed_in_one_moment(bool atReload)
    {
        var names = Enumerable.Range(0, 1000).Select(number => $"h{number}").ToArray();
        if (atReload)
        {
            await StartAsync(Options());
        }

        Registry.Apply([Make.Cluster("web", Options(), names)]);
        if (!atReload)
        {
            await Checks.StartedAsync(CancellationToken.None);
        }

        await SettleAsync(probes: ProbeStart.AtOnce, loops: names.Length);
        var atOnce = Wire.Asked.Count;
        Clock.Advance(Interval);
        await SettleAsync(probes: names.Length, loops: names.Length);

        Assert.Equal((ProbeStart.AtOnce, names.Length), (atOnce, Wire.Asked.Select(uri => uri.Host).Distinct().Count()));
    }

    [Fact]
    public async Task A_destination_that_a_reload_removes_is_probed_no_more()
    {
        await StartAsync(Options(), "a", "b");

        Registry.Apply([Make.Cluster("web", Options(), "b")]);
        await Eventually.HoldsAsync(() => Clock.ArmedTimers == 1, "one loop has ended");
        Clock.Advance(Interval);
        await SettleAsync(probes: 3, loops: 1);

        Assert.Equal(1, Wire.Asked.Count(uri => uri.Host == "a"));
    }

    [Fact]
    public async Task A_reload_that_changes_the_schedule_starts_it_anew()
    {
        await StartAsync(Options(), "a");

        Registry.Apply([Make.Cluster("web", Options(rise: 3), "a")]);
        await SettleAsync(probes: 2, loops: 1);

        Assert.Equal(2, Wire.Asked.Count);
    }

    [Fact]
    public async Task A_reload_that_switches_probing_off_ends_it()
    {
        await StartAsync(Options(), "a", "b");

        Registry.Apply([Make.Cluster("web", new ClusterOptions(), "a", "b")]);

        await Eventually.HoldsAsync(() => Clock.ArmedTimers == 0, "the loops have ended");
    }

    [Fact]
    public async Task A_stop_ends_every_loop_also_those_that_wait_for_an_answer()
    {
        Answers["hung"] = null;
        Registry.Apply([Make.Cluster("web", Options(), "a", "hung")]);
        await Checks.StartedAsync(CancellationToken.None);
        await SettleAsync(probes: 1, loops: 2);

        await Checks.StopAsync(CancellationToken.None).InTime();

        Assert.Equal(0, Clock.ArmedTimers);
    }

    [Fact]
    public async Task After_the_stop_a_reload_starts_nothing()
    {
        await StartAsync(Options(), "a");
        await Checks.StopAsync(CancellationToken.None).InTime();

        Registry.Apply([Make.Cluster("web", Options(), "a", "b")]);

        // A loop that had been started after all would have asked by the end of this.
        await Checks.StopAsync(CancellationToken.None).InTime();
        Assert.Single(Wire.Asked);
    }
}
