using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class OutcomeTests
{
    // The blame table: tag, destination at fault, certain that nothing was sent.
    public static readonly TheoryData<Outcome, string, bool, bool> Table = new()
    {
        { Outcome.Success, "success", false, false },
        { Outcome.ServerError, "server_error", true, false },
        { Outcome.ConnectFailed, "connect_failed", true, true },
        { Outcome.CertificateRefused, "certificate_refused", true, true },
        { Outcome.ConnectTimeout, "connect_timeout", true, true },
        { Outcome.Reset, "reset", true, false },
        { Outcome.Timeout, "timeout", true, false },
        { Outcome.InvalidAnswer, "invalid_answer", true, false },
        { Outcome.AnswerBroken, "answer_broken", true, false },
        { Outcome.ClientLeft, "client_left", false, false },
        { Outcome.BadRequest, "bad_request", false, false },
        { Outcome.Cancelled, "cancelled", false, false },
    };

    public static readonly TheoryData<Outcome> All = [.. Enum.GetValues<Outcome>()];

    [Theory]
    [MemberData(nameof(Table))]
    public void The_blame_table_holds(Outcome outcome, string tag, bool isDestinationFault, bool isNothingSent) =>
        Assert.Equal((tag, isDestinationFault, isNothingSent), (outcome.Tag(), outcome.IsDestinationFault(), outcome.IsNothingSent()));

    [Theory]
    [MemberData(nameof(All))]
    public void Every_outcome_is_in_the_table(Outcome outcome) => Assert.Contains(Table, row => row.Data.Item1 == outcome);

    [Theory]
    [MemberData(nameof(All))]
    public void Every_tag_is_snake_case(Outcome outcome) => Assert.Matches("^[a-z]+(_[a-z]+)*$", outcome.Tag());

    [Fact]
    public void No_two_outcomes_share_a_tag() => Assert.Distinct(Enum.GetValues<Outcome>().Select(outcome => outcome.Tag()));

    [Fact]
    public void A_request_has_the_outcome_of_its_last_attempt_or_one_of_its_own()
    {
        var tags = Enum.GetValues<RequestOutcome>().Select(outcome => outcome.Tag()).ToArray();

        Assert.Equal([.. Enum.GetValues<Outcome>().Select(outcome => outcome.Tag()), "no_destination", "shed", "no_route", "refused", "denied", "redirected", "responded", "defect"], tags);
    }

    [Fact]
    public void A_value_that_is_no_outcome_has_no_tag() => Assert.Throws<ArgumentOutOfRangeException>(() => ((Outcome)999).Tag());
}
