using LoadBalancer.Proxy.Clusters;
using static LoadBalancer.Proxy.Clusters.HealthVerdict;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class DestinationHealthTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 8, 18, 0, 0, TimeSpan.Zero);

    private readonly DestinationHealth _health = new(Start);
    private int _seconds;

    [Fact]
    public void Before_the_first_probe_the_verdict_is_unknown() => Assert.Equal(new HealthStatus(Unknown, "", Start), _health.Status);

    [Theory]
    [InlineData(true, Healthy)]
    [InlineData(false, Unhealthy)]
    public void The_first_result_decides(bool passed, HealthVerdict verdict)
    {
        Probe(passed, rise: 5, fall: 5);

        Assert.Equal(verdict, _health.Status.Verdict);
    }

    // Each letter is a probe: P passed, F failed. Each verdict is the one after it.
    [Theory]
    [InlineData("P F F P", 1, 2, "Healthy Healthy Unhealthy Healthy", "Flow_Unknown_Healthy_Unhealthy_Healthy")]
    [InlineData("F P", 1, 2, "Unhealthy Healthy", "Flow_Unknown_Unhealthy_Healthy")]
    [InlineData("F P P P", 3, 1, "Unhealthy Unhealthy Unhealthy Healthy", "Flow_Unhealthy_waits_for_rise")]
    [InlineData("P F F F", 1, 3, "Healthy Healthy Healthy Unhealthy", "Flow_Healthy_waits_for_fall")]
    [InlineData("P F P F P F", 1, 2, "Healthy Healthy Healthy Healthy Healthy Healthy", "Flow_Failures_that_are_not_in_a_row_change_nothing")]
    [InlineData("F P F P F P", 2, 1, "Unhealthy Unhealthy Unhealthy Unhealthy Unhealthy Unhealthy", "Flow_Passes_that_are_not_in_a_row_change_nothing")]
    [InlineData("P F F P F", 1, 2, "Healthy Healthy Unhealthy Healthy Healthy", "Flow_The_count_begins_anew_after_a_change")]
    public void Flow_Unknown_Healthy_Unhealthy_Healthy(string probes, int rise, int fall, string verdicts, string flow)
    {
        var reached = probes.Split(' ').Select(probe =>
        {
            Probe(probe == "P", rise, fall);
            return _health.Status.Verdict;
        });

        Assert.True(verdicts == string.Join(' ', reached), flow);
    }

    [Fact]
    public void A_change_says_from_to_and_why()
    {
        var transition = _health.Observe_NeedsLock(new ProbeResult(false, "timeout"), 1, 1, Start);

        Assert.Equal(new HealthTransition(Unknown, Unhealthy, "timeout"), transition);
    }

    [Fact]
    public void A_verdict_that_stays_is_no_change()
    {
        Probe(passed: true);

        Assert.Null(Probe(passed: true));
    }

    [Fact]
    public void The_age_is_that_of_the_verdict_and_the_reason_that_of_the_last_confirming_probe()
    {
        _health.Observe_NeedsLock(new ProbeResult(true, "status code: 200"), 1, 1, Start.AddSeconds(1));
        _health.Observe_NeedsLock(new ProbeResult(true, "status code: 204"), 1, 1, Start.AddSeconds(2));

        Assert.Equal(new HealthStatus(Healthy, "status code: 204", Start.AddSeconds(1)), _health.Status);
    }

    [Fact]
    public void A_contrary_result_that_does_not_decide_leaves_the_reason()
    {
        Probe(passed: true);
        Probe(passed: false, fall: 2);

        Assert.Equal(Make.Pass.Reason, _health.Status.Reason);
    }

    [Fact]
    public void A_status_that_was_read_never_changes()
    {
        Probe(passed: true);
        var read = _health.Status;

        Probe(passed: false, fall: 1);

        Assert.Equal(Healthy, read.Verdict);
    }

    [Fact]
    public void A_reset_forgets_the_verdict()
    {
        Probe(passed: false);

        _health.Reset_NeedsLock(Start.AddMinutes(1));

        Assert.Equal(new HealthStatus(Unknown, "", Start.AddMinutes(1)), _health.Status);
    }

    [Fact]
    public void A_reset_forgets_the_count()
    {
        Probe(passed: true);
        Probe(passed: false, fall: 2);
        _health.Reset_NeedsLock(Start);
        Probe(passed: true);

        Assert.Null(Probe(passed: false, fall: 2));
    }

    [Fact]
    public void A_reset_of_what_is_unknown_keeps_its_age()
    {
        _health.Reset_NeedsLock(Start.AddMinutes(1));

        Assert.Equal(Start, _health.Status.Since);
    }

    private HealthTransition? Probe(bool passed, int rise = 1, int fall = 1) =>
        _health.Observe_NeedsLock(passed ? Make.Pass : Make.Failure, rise, fall, Start.AddSeconds(++_seconds));
}
