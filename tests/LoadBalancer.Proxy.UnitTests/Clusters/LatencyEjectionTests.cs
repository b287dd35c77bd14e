using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Clusters;

public sealed class LatencyEjectionTests : EjectionRig
{
    [Fact]
    public void One_that_is_much_slower_than_the_others_is_out()
    {
        Apply(Slow(), "a", "b", "c");

        Answer(("a", 100), ("b", 10), ("c", 11));
        var next = Registry.CheckOutliers();

        Assert.Equal(("b c", TimeSpan.FromSeconds(1)), (Available, next));
        Assert.Matches(@"^(8|9|10|11)(\.\d)? times as slow as the others$", Ejection("a")!.Reason);
    }

    [Fact]
    public void A_probe_that_passes_does_not_end_an_ejection_for_slowness()
    {
        Apply(Slow(), Make.Probed, "a", "b", "c");
        Answer(("a", 100), ("b", 10), ("c", 11));
        Registry.CheckOutliers();

        Registry.ReportProbe(Web, Web.Named("a"), Make.Pass);

        Assert.Equal("b c", Available);
    }

    [Theory]
    [InlineData(40, 10)]
    [InlineData(4, 0.4)]
    public void One_that_is_somewhat_slower_stays(double slow, double quick)
    {
        Apply(Slow(), "a", "b", "c");

        Answer(("a", slow), ("b", quick), ("c", quick));
        Registry.CheckOutliers();

        Assert.Equal("a b c", Available);
    }

    [Fact]
    public void Where_half_of_them_are_slow_nobody_stands_out()
    {
        Apply(Slow(), "a", "b", "c", "d");

        Answer(("a", 100), ("b", 100), ("c", 10), ("d", 10));
        Registry.CheckOutliers();

        Assert.Equal("a b c d", Available);
    }

    [Fact]
    public void Of_two_the_slow_one_is_out()
    {
        Apply(Slow(), "a", "b");

        Answer(("a", 100), ("b", 10));
        Registry.CheckOutliers();

        Assert.Equal("b", Available);
    }

    [Fact]
    public void One_that_answered_too_few_requests_is_not_compared()
    {
        Apply(Slow() with { Latency = new() { MinimumRequests = 11 } }, "a", "b", "c");

        Answer(("a", 100), ("b", 10), ("c", 10));
        Registry.CheckOutliers();

        Assert.Equal("a b c", Available);
    }

    [Fact]
    public void One_whose_answers_nobody_waits_for_is_found_by_how_long_they_did_wait()
    {
        Apply(Slow(), "a", "b", "c");
        Answer(("a", 10), ("b", 10), ("c", 10));
        Registry.CheckOutliers();

        for (var i = 0; i < 20; i++)
        {
            End("a", new AttemptResult(Outcome.Cancelled, RequestHeadSent: true) { Lasted = 200 * TimeSpan.TicksPerMillisecond });
        }

        Registry.CheckOutliers();

        Assert.Equal("b c", Available);
    }

    [Fact]
    public void Clients_that_leave_at_once_make_nobody_quick_or_slow()
    {
        Apply(Slow(), "a", "b", "c");
        Answer(("a", 10), ("b", 10), ("c", 10));
        Registry.CheckOutliers();

        for (var i = 0; i < 1000; i++)
        {
            End("a", new AttemptResult(Outcome.ClientLeft, RequestHeadSent: true) { Lasted = TimeSpan.TicksPerMillisecond });
        }

        Registry.CheckOutliers();

        Assert.Equal("a b c", Available);
    }
}
