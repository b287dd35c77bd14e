using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Http;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class OutcomeClassifierTests
{
    // What the forwarder says without an exception that says more, and with status 502.
    public static readonly TheoryData<ForwarderError, Outcome> Table = new()
    {
        { ForwarderError.None, Outcome.ServerError },
        { ForwarderError.Request, Outcome.Reset },
        { ForwarderError.RequestTimedOut, Outcome.Timeout },
        { ForwarderError.RequestCanceled, Outcome.ClientLeft },
        { ForwarderError.RequestBodyCanceled, Outcome.ClientLeft },
        { ForwarderError.RequestBodyClient, Outcome.BadRequest },
        { ForwarderError.RequestBodyDestination, Outcome.Reset },
        { ForwarderError.RequestCreation, Outcome.BadRequest },
        { ForwarderError.ResponseHeaders, Outcome.InvalidAnswer },
        { ForwarderError.ResponseBodyCanceled, Outcome.ClientLeft },
        { ForwarderError.ResponseBodyClient, Outcome.ClientLeft },
        { ForwarderError.ResponseBodyDestination, Outcome.AnswerBroken },
        { ForwarderError.UpgradeRequestCanceled, Outcome.ClientLeft },
        { ForwarderError.UpgradeRequestClient, Outcome.ClientLeft },
        { ForwarderError.UpgradeRequestDestination, Outcome.AnswerBroken },
        { ForwarderError.UpgradeResponseCanceled, Outcome.ClientLeft },
        { ForwarderError.UpgradeResponseClient, Outcome.ClientLeft },
        { ForwarderError.UpgradeResponseDestination, Outcome.AnswerBroken },
        { ForwarderError.UpgradeActivityTimeout, Outcome.Success },
        { ForwarderError.NoAvailableDestinations, Outcome.ClientLeft },
    };

    public static readonly TheoryData<ForwarderError> All = [.. Enum.GetValues<ForwarderError>()];

    [Theory]
    [MemberData(nameof(Table))]
    public void An_error_of_the_forwarder_is_an_outcome(ForwarderError error, Outcome outcome) =>
        Assert.Equal(outcome, OutcomeClassifier.Classify(error, null, 502, clientLeft: false));

    [Theory]
    [MemberData(nameof(All))]
    public void Every_error_is_in_the_table(ForwarderError error) => Assert.Contains(Table, row => row.Data.Item1 == error);

    [Fact]
    public void An_answer_that_broke_off_is_the_destinations_fault_though_the_client_was_cut_off_for_it() =>
        Assert.Equal(Outcome.AnswerBroken, OutcomeClassifier.Classify(ForwarderError.ResponseBodyDestination, new IOException(), 200, clientLeft: true));

    [Theory]
    [MemberData(nameof(All))]
    public void Whatever_failed_after_the_client_left_is_nobodys_fault(ForwarderError error)
    {
        if (error is not (ForwarderError.None or ForwarderError.ResponseBodyDestination))
        {
            Assert.Equal(Outcome.ClientLeft, OutcomeClassifier.Classify(error, null, 502, clientLeft: true));
        }
    }

    [Theory]
    [InlineData(200, Outcome.Success)]
    [InlineData(404, Outcome.Success)]
    [InlineData(499, Outcome.Success)]
    [InlineData(500, Outcome.ServerError)]
    [InlineData(503, Outcome.ServerError)]
    public void An_answer_that_went_through_is_classed_by_its_status(int status, Outcome outcome) =>
        Assert.Equal(outcome, OutcomeClassifier.Classify(ForwarderError.None, null, status, clientLeft: false));

    [Fact]
    public void An_answer_that_went_through_counts_also_when_the_client_left_after_it() =>
        Assert.Equal(Outcome.Success, OutcomeClassifier.Classify(ForwarderError.None, null, 200, clientLeft: true));

    public static readonly TheoryData<Exception?, Outcome> Causes = new()
    {
        { null, Outcome.Reset },
        { new IOException(), Outcome.Reset },
        { new HttpRequestException(HttpRequestError.ResponseEnded), Outcome.Reset },
        { new HttpRequestException(HttpRequestError.Unknown), Outcome.Reset },
        { new HttpRequestException(HttpRequestError.HttpProtocolError), Outcome.Reset },
        { new HttpRequestException(HttpRequestError.ConnectionError), Outcome.ConnectFailed },
        { new HttpRequestException(HttpRequestError.NameResolutionError), Outcome.ConnectFailed },
        { new HttpRequestException(HttpRequestError.SecureConnectionError), Outcome.ConnectFailed },
        { new HttpRequestException(HttpRequestError.InvalidResponse), Outcome.InvalidAnswer },
        { new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded), Outcome.InvalidAnswer },
        { new HttpRequestException(HttpRequestError.VersionNegotiationError), Outcome.InvalidAnswer },
        { new HttpRequestException("", new HttpRequestException(HttpRequestError.InvalidResponse)), Outcome.InvalidAnswer },
        { new HttpRequestException("", new ConnectException("", new IOException())), Outcome.ConnectFailed },
        { new HttpRequestException(HttpRequestError.ConnectionError, "", new ConnectException("", new IOException())), Outcome.ConnectFailed },
        { new TimeoutException(), Outcome.Timeout },
    };

    [Theory]
    [MemberData(nameof(Causes), DisableDiscoveryEnumeration = true)]
    public void A_request_that_got_no_answer_is_classed_by_its_cause(Exception? cause, Outcome outcome) =>
        Assert.Equal(outcome, OutcomeClassifier.Classify(ForwarderError.Request, cause, 502, clientLeft: false));

    [Theory]
    [InlineData(502, Outcome.Reset)]
    [InlineData(504, Outcome.Timeout)]
    public void A_body_that_the_destination_did_not_take_is_classed_by_the_forwarders_status(int status, Outcome outcome) =>
        Assert.Equal(outcome, OutcomeClassifier.Classify(ForwarderError.RequestBodyDestination, null, status, clientLeft: false));

    [Fact]
    public void A_connection_that_took_too_long_is_told_from_an_answer_that_did() =>
        Assert.Equal(
            (Outcome.ConnectTimeout, Outcome.Timeout),
            (Classify(new TaskCanceledException("", new TimeoutException())), Classify(new TaskCanceledException())));

    [Fact]
    public void An_answer_that_stalled_is_a_timeout() =>
        Assert.Equal(Outcome.Timeout, OutcomeClassifier.Classify(ForwarderError.ResponseBodyDestination, new OperationCanceledException(), 200, clientLeft: false));

    private static Outcome Classify(Exception exception) => OutcomeClassifier.Classify(ForwarderError.RequestTimedOut, exception, 504, clientLeft: false);
}
