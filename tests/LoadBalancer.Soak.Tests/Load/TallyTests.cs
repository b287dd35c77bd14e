using LoadBalancer.Soak.Load;

namespace LoadBalancer.Soak.Tests.Load;

public sealed class TallyTests
{
    // Out three seconds after the start, by a fault that began a second before.
    private static readonly (TimeSpan From, TimeSpan To)[] Exposures = [(At(2), At(3))];

    [Theory]
    [InlineData(2.5, 502, 1, 1, 0)]
    [InlineData(1.5, 504, 1, 1, 0)]
    [InlineData(2.5, 502, 0, 0, 1)]
    [InlineData(0.5, 502, 1, 0, 1)]
    [InlineData(4, 502, 1, 0, 1)]
    [InlineData(2.5, 503, 1, 0, 1)]
    public void An_error_is_excused_by_what_the_budget_refused_while_a_failing_destination_is_not_out(double from, int status, int refused, int shed, int unexcused)
    {
        var tally = new Tally([new Sample(At(from), At(1), Ending.Status, status, null)]);

        Assert.Equal((shed, unexcused), (tally.ShedWithin(Exposures, refused), tally.Unexcused(Exposures, refused)));
    }

    [Theory]
    [InlineData(nameof(Ending.Answered), 0)]
    [InlineData(nameof(Ending.BrokenAfter), 0)]
    [InlineData(nameof(Ending.BrokenBefore), 1)]
    public void Only_an_answer_that_had_begun_may_break(string ending, int unexcused) =>
        Assert.Equal(unexcused, new Tally([new Sample(At(2.5), At(1), Enum.Parse<Ending>(ending), 0, null)]).Unexcused(Exposures, refused: 1));

    [Fact]
    public void Times_are_told_by_share()
    {
        var tally = new Tally([.. Enumerable.Range(1, 100).Select(i => new Sample(At(0), TimeSpan.FromMilliseconds(i), Ending.Answered, 200, "a"))]);

        Assert.Equal((51, 100), (tally.Milliseconds(0.5), tally.Milliseconds(0.99)));
    }

    [Fact]
    public void The_share_of_a_destination_is_that_of_a_span_of_time()
    {
        var tally = new Tally([Answer(0, "a"), Answer(1, "a"), Answer(1.5, "b"), Answer(2, "a")]);

        Assert.Equal(0.5, tally.ShareOf("a", At(1), At(2)));
    }

    private static Sample Answer(double from, string destination) => new(At(from), At(0.1), Ending.Answered, 200, destination);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
