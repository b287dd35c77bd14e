using LoadBalancer.Proxy.Configuration;
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
        { Outcome.CertificateRefused, true, true },
        { Outcome.ConnectTimeout, true, true },
        { Outcome.Reset, true, false },
        { Outcome.Timeout, false, false },
        { Outcome.InvalidAnswer, true, false },
        { Outcome.AnswerBroken, false, false },
        { Outcome.ClientLeft, false, false },
        { Outcome.BadRequest, false, false },
        { Outcome.Cancelled, false, false },
    };

    public static readonly TheoryData<Outcome> All = [.. Enum.GetValues<Outcome>()];

    [Theory]
    [MemberData(nameof(Table))]
    public void An_outcome_is_followed_by_another_attempt_by_the_table(Outcome outcome, bool idempotent, bool other)
    {
        var result = new AttemptResult(outcome, RequestHeadSent: !outcome.IsNothingSent());

        Assert.Equal((idempotent, other), (MayFollow(result, isIdempotent: true), MayFollow(result, isIdempotent: false)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_outcome_is_in_the_table(Outcome outcome) => Assert.Contains(Table, row => row.Data.Item1 == outcome);

    [Theory]
    [MemberData(nameof(All))]
    public void A_body_that_cannot_be_sent_again_is_never_sent_again(Outcome outcome) =>
        Assert.False(MayFollow(new AttemptResult(outcome), isIdempotent: true, canReplay: false));

    // As when a pooled HTTP/2 connection ends in the moment when the request was to go on it.
    [Fact]
    public void A_connection_that_broke_before_anything_was_sent_is_followed_whatever_the_method() =>
        Assert.True(MayFollow(new AttemptResult(Outcome.Reset, RequestHeadSent: false), isIdempotent: false));

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, false)]
    public void A_version_of_HTTP_that_could_not_be_agreed_on_is_asked_of_others_whatever_the_method(int sent, bool again) =>
        Assert.Equal(again, MayFollow(new AttemptResult(Outcome.InvalidAnswer, RequestHeadSent: false), isIdempotent: false, sent: sent));

    [Theory]
    [InlineData(1, 3, true)]
    [InlineData(2, 3, true)]
    [InlineData(3, 3, false)]
    [InlineData(4, 3, false)]
    [InlineData(1, 1, false)]
    [InlineData(7, 8, true)]
    public void No_request_is_sent_or_shown_a_wrong_certificate_more_often_than_the_operator_allows(int sent, int most, bool again) => Assert.All(
        [new AttemptResult(Outcome.Reset, RequestHeadSent: true), new AttemptResult(Outcome.CertificateRefused)],
        result => Assert.Equal(again, MayFollow(result, isIdempotent: true, sent: sent, options: new() { MaxAttempts = most })));

    [Theory]
    [InlineData(Outcome.ConnectFailed, 7, true)]
    [InlineData(Outcome.ConnectFailed, 8, false)]
    [InlineData(Outcome.ConnectTimeout, 8, false)]
    public void Where_nothing_was_sent_any_destination_may_be_asked_until_eight_have_cost_something(Outcome outcome, int costly, bool again) =>
        Assert.Equal(again, MayFollow(new AttemptResult(outcome), isIdempotent: false, sent: costly, costly: costly));

    [Theory]
    [InlineData(503, true, true, 1, true)]
    [InlineData(504, true, true, 1, false)]
    [InlineData(200, true, true, 1, false)]
    [InlineData(503, false, true, 1, false)]
    [InlineData(503, true, false, 1, false)]
    [InlineData(503, true, true, 3, false)]
    public void An_answer_is_replaced_where_the_operator_says_so_and_nothing_is_repeated_that_must_not_be(int status, bool idempotent, bool canReplay, int sent, bool again) =>
        Assert.Equal(again, RetryPolicy.MayReplace(status, idempotent, canReplay, sent, sent, new() { Statuses = StatusRanges.TryParse("502-503") }));

    [Fact]
    public void By_default_no_answer_is_replaced() => Assert.False(RetryPolicy.MayReplace(503, true, true, 1, 1, new()));

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

    private static bool MayFollow(AttemptResult result, bool isIdempotent, bool canReplay = true, int sent = 1, int costly = 1, RetryOptions? options = null) =>
        RetryPolicy.MayFollow(result, isIdempotent, canReplay, sent, costly, options ?? new());
}
