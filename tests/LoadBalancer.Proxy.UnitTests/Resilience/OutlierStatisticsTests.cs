using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.UnitTests.Resilience;

public sealed class OutlierStatisticsTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private const long Millisecond = TimeSpan.TicksPerMillisecond;

    private static readonly OutlierDetectionOptions InARow = new() { ConsecutiveFailures = 3 };
    private static readonly OutlierDetectionOptions Rate = new() { ConsecutiveFailures = 0, FailureRate = new() { Share = 0.3, Window = TimeSpan.FromSeconds(10), MinimumRequests = 20 } };
    private static readonly OutlierDetectionOptions Slow = new() { ConsecutiveFailures = 0, Latency = new() { Window = TimeSpan.FromSeconds(10) } };

    private readonly Outcome[] _neither = [Outcome.ClientLeft, Outcome.Cancelled, Outcome.BadRequest];

    [Fact]
    public void So_many_failures_in_a_row_stand_out()
    {
        var statistics = new OutlierStatistics(InARow);

        Assert.Equal([null, null, OutlierKind.ConsecutiveFailures], Note(statistics, Outcome.Reset, Outcome.Timeout, Outcome.ConnectFailed));
    }

    [Fact]
    public void A_success_between_them_begins_the_row_anew()
    {
        var statistics = new OutlierStatistics(InARow);

        Assert.All(Note(statistics, Outcome.Reset, Outcome.Reset, Outcome.Success, Outcome.Reset, Outcome.Reset), Assert.Null);
    }

    [Fact]
    public void What_is_nobodys_fault_neither_counts_nor_begins_the_row_anew()
    {
        var statistics = new OutlierStatistics(InARow);

        var found = Note(statistics, [Outcome.Reset, .. _neither, Outcome.Reset, .. _neither, Outcome.Reset]);

        Assert.Equal(OutlierKind.ConsecutiveFailures, found[^1]);
        Assert.All(found[..^1], Assert.Null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_server_error_counts_where_it_is_to(bool counts)
    {
        var statistics = new OutlierStatistics(InARow with { CountServerErrors = counts });

        Assert.Equal(counts, Note(statistics, Outcome.ServerError, Outcome.ServerError, Outcome.ServerError)[^1] is not null);
    }

    [Fact]
    public void One_that_may_not_be_taken_out_is_not_told_with_each_failure()
    {
        var statistics = new OutlierStatistics(InARow);
        var told = Enumerable.Range(0, 1000).Count(i => statistics.Note(new AttemptResult(Outcome.Reset), i * Millisecond) is not null);

        Assert.Equal(10, told);
    }

    [Fact]
    public void A_share_of_failures_stands_out()
    {
        var statistics = new OutlierStatistics(Rate);

        Assert.All(Note(statistics, Enumerable.Repeat(Outcome.Success, 21).Concat(Enumerable.Repeat(Outcome.Reset, 8))), Assert.Null);
        Assert.Equal(OutlierKind.FailureRate, Note(statistics, Outcome.Reset)[0]);
        Assert.Equal((30, 9), statistics.Rate(0));
    }

    [Fact]
    public void A_share_of_too_few_requests_does_not_stand_out()
    {
        var statistics = new OutlierStatistics(Rate);

        Assert.All(Note(statistics, Enumerable.Repeat(Outcome.Reset, 19)), Assert.Null);
        Assert.Equal(OutlierKind.FailureRate, Note(statistics, Outcome.Reset)[0]);
    }

    [Fact]
    public void A_failure_is_forgotten_after_the_window()
    {
        var statistics = new OutlierStatistics(Rate);
        Note(statistics, Enumerable.Repeat(Outcome.Reset, 19));

        Assert.Equal((19, 19), statistics.Rate(9 * Second));
        Assert.Equal((0, 0), statistics.Rate(10 * Second));
        Assert.Null(statistics.Note(new AttemptResult(Outcome.Reset), 10 * Second));
    }

    [Fact]
    public void The_window_slides()
    {
        var statistics = new OutlierStatistics(Rate);
        for (var i = 0; i < 300; i++)
        {
            statistics.Note(new AttemptResult(Outcome.Success), i * Second / 10);
        }

        Assert.Equal((100, 0), statistics.Rate(299 * Second / 10));
    }

    [Fact]
    public void What_comes_back_begins_anew()
    {
        var statistics = new OutlierStatistics(Rate with { ConsecutiveFailures = 3, Latency = new() });
        Note(statistics, Enumerable.Repeat(Outcome.Reset, 19));
        Answer(statistics, 10 * Millisecond);

        statistics.Reset();

        Assert.All(Note(statistics, Outcome.Reset, Outcome.Reset), Assert.Null);
        Assert.Equal(((2, 2), (0, 0)), (statistics.Rate(0), statistics.Latency(0)));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(12.5)]
    [InlineData(100)]
    [InlineData(30_000)]
    public void The_median_is_right_to_a_fifth(double milliseconds)
    {
        var statistics = new OutlierStatistics(Slow);
        for (var i = 0; i < 60; i++)
        {
            Answer(statistics, (long)(milliseconds * Millisecond));
        }

        for (var i = 0; i < 40; i++)
        {
            Answer(statistics, (long)(milliseconds * Millisecond * 3));
        }

        var (count, median) = statistics.Latency(0);
        Assert.Equal(100, count);
        Assert.InRange(median, milliseconds * Millisecond * 0.8, milliseconds * Millisecond * 1.25);
    }

    [Fact]
    public void Latency_is_forgotten_after_the_window()
    {
        var statistics = new OutlierStatistics(Slow);
        Answer(statistics, 100 * Millisecond);
        Answer(statistics, 10 * Millisecond, now: 10 * Second);

        Assert.Equal(1, statistics.Latency(10 * Second).Count);
        Assert.InRange(statistics.Latency(10 * Second).Median, 8 * Millisecond, 13 * Millisecond);
    }

    // Else one that fails at once would make those look slow that do their work.
    [Theory]
    [InlineData(nameof(Outcome.ServerError), 500)]
    [InlineData(nameof(Outcome.Success), 404)]
    [InlineData(nameof(Outcome.InvalidAnswer), 0)]
    public void An_error_says_nothing_of_latency(string outcome, int status)
    {
        var statistics = new OutlierStatistics(Slow);

        statistics.Note(new AttemptResult(Enum.Parse<Outcome>(outcome), status, RequestHeadSent: true, ToHead: Millisecond), 0);

        Assert.Equal(0, statistics.Latency(0).Count);
    }

    [Theory]
    [InlineData(nameof(Outcome.ClientLeft))]
    [InlineData(nameof(Outcome.Cancelled))]
    [InlineData(nameof(Outcome.Timeout))]
    public void An_attempt_without_an_answer_counts_as_long_as_it_lasted_where_that_is_more_than_usual(string outcome)
    {
        var statistics = new OutlierStatistics(Slow);
        var result = new AttemptResult(Enum.Parse<Outcome>(outcome), RequestHeadSent: true) { Lasted = 50 * Millisecond };

        statistics.Note(result, 0);
        statistics.SlowerThan = 50 * Millisecond;
        statistics.Note(result, 0);
        statistics.Note(result with { RequestHeadSent = false, Lasted = Second }, 0);
        Assert.Equal(0, statistics.Latency(0).Count);
        statistics.SlowerThan = 49 * Millisecond;
        statistics.Note(result, 0);

        Assert.Equal(1, statistics.Latency(0).Count);
    }

    [Fact]
    public void An_attempt_costs_no_memory()
    {
        var statistics = new OutlierStatistics(Rate with { ConsecutiveFailures = 3, Latency = new() });
        var results = Enum.GetValues<Outcome>().Select(outcome => new AttemptResult(outcome, 200, RequestHeadSent: true, ToHead: Millisecond)).ToArray();
        var noted = 0L;

        Assert.Equal(0, Allocated.By(1_000, () =>
        {
            statistics.Note(results[noted % results.Length], noted * Second / 50);
            noted++;
        }));
    }

    [Fact]
    public async Task Counts_of_many_threads_at_once_are_all_there()
    {
        var statistics = new OutlierStatistics(Rate);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Note(statistics, Enumerable.Repeat(Outcome.Success, 10_000).Append(Outcome.Reset)))));

        Assert.Equal((40_004, 4), statistics.Rate(0));
    }

    private static OutlierKind?[] Note(OutlierStatistics statistics, params IEnumerable<Outcome> outcomes) =>
        [.. outcomes.Select(outcome => statistics.Note(new AttemptResult(outcome), 0))];

    private static void Answer(OutlierStatistics statistics, long elapsed, long now = 0) =>
        statistics.Note(new AttemptResult(Outcome.Success, 200, RequestHeadSent: true, ToHead: elapsed), now);
}
