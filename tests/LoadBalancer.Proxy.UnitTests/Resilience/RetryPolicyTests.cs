using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.UnitTests.Resilience;

public sealed class RetryPolicyTests
{
    // For each outcome, whether it is tried again: by an idempotent method, and by another one.
    public static readonly TheoryData<Outcome, bool, bool> Table = new()
    {
        { Outcome.Success, false, false },
        { Outcome.ServerError, false, false },
        { Outcome.ConnectFailed, true, true },
        { Outcome.ConnectTimeout, true, true },
        { Outcome.Reset, true, false },
        { Outcome.Timeout, false, false },
        { Outcome.InvalidAnswer, false, false },
        { Outcome.AnswerBroken, false, false },
        { Outcome.ClientLeft, false, false },
        { Outcome.BadRequest, false, false },
        { Outcome.Cancelled, false, false },
    };

    public static readonly TheoryData<Outcome> All = [.. Enum.GetValues<Outcome>()];

    [Theory]
    [MemberData(nameof(Table))]
    public void An_idempotent_request_is_tried_again_by_the_table(Outcome outcome, bool idempotent, bool other)
    {
        _ = other;
        Assert.Equal(idempotent, RetryPolicy.ShouldRetry(outcome, isIdempotent: true, canReplay: true, sent: 1));
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Another_request_is_tried_again_by_the_table(Outcome outcome, bool idempotent, bool other)
    {
        _ = idempotent;
        Assert.Equal(other, RetryPolicy.ShouldRetry(outcome, isIdempotent: false, canReplay: true, sent: 1));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_outcome_is_in_the_table(Outcome outcome) => Assert.Contains(Table, row => row.Data.Item1 == outcome);

    [Theory]
    [MemberData(nameof(All))]
    public void A_body_that_cannot_be_sent_again_is_never_tried_again(Outcome outcome) =>
        Assert.False(RetryPolicy.ShouldRetry(outcome, isIdempotent: true, canReplay: false, sent: 0));

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    public void No_request_is_sent_more_than_three_times(int sent, bool again) =>
        Assert.Equal(again, RetryPolicy.ShouldRetry(Outcome.Reset, isIdempotent: true, canReplay: true, sent));

    [Theory]
    [InlineData(Outcome.ConnectFailed)]
    [InlineData(Outcome.ConnectTimeout)]
    public void Where_nothing_was_sent_every_destination_may_be_tried(Outcome outcome) =>
        Assert.True(RetryPolicy.ShouldRetry(outcome, isIdempotent: false, canReplay: true, sent: 100));

    [Theory]
    [InlineData("GET", true)]
    [InlineData("HEAD", true)]
    [InlineData("PUT", true)]
    [InlineData("DELETE", true)]
    [InlineData("OPTIONS", true)]
    [InlineData("TRACE", true)]
    [InlineData("POST", false)]
    [InlineData("PATCH", false)]
    [InlineData("CONNECT", false)]
    [InlineData("QUERY", false)]
    [InlineData("get", false)]
    [InlineData("", false)]
    public void Methods_that_may_be_repeated_are_known(string method, bool isIdempotent) => Assert.Equal(isIdempotent, RetryPolicy.IsIdempotent(method));
}
