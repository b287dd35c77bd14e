using System.Net;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Http;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class AnswerJudgeTests
{
    public static readonly TheoryData<Exception, Outcome> Causes = new()
    {
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
        { new HttpRequestException(HttpRequestError.SecureConnectionError, "", new CertificateRefusedException("", new IOException())), Outcome.CertificateRefused },
        { new TaskCanceledException("", new TimeoutException()), Outcome.ConnectTimeout },
    };

    public static readonly TheoryData<ForwarderError, Outcome> TunnelEnds = new()
    {
        { ForwarderError.None, Outcome.Success },
        { ForwarderError.UpgradeActivityTimeout, Outcome.Success },
        { ForwarderError.UpgradeRequestDestination, Outcome.AnswerBroken },
        { ForwarderError.UpgradeResponseDestination, Outcome.AnswerBroken },
        { ForwarderError.ResponseBodyDestination, Outcome.AnswerBroken },
        { ForwarderError.ResponseHeaders, Outcome.InvalidAnswer },
        { ForwarderError.UpgradeRequestClient, Outcome.ClientLeft },
        { ForwarderError.UpgradeResponseCanceled, Outcome.ClientLeft },
        { ForwarderError.ResponseBodyClient, Outcome.ClientLeft },
        { ForwarderError.Request, Outcome.Cancelled },
        { ForwarderError.RequestCreation, Outcome.Cancelled },
    };

    [Theory]
    [MemberData(nameof(Causes), DisableDiscoveryEnumeration = true)]
    public void An_attempt_without_an_answer_is_classed_by_its_cause(Exception cause, Outcome outcome) =>
        Assert.Equal(outcome, AnswerJudge.Classify(cause, headWasWritten: false));

    [Fact]
    public void A_defect_of_ours_is_not_blamed_on_the_destination()
    {
        var defect = new InvalidOperationException();

        Assert.Same(defect, Assert.Throws<InvalidOperationException>(() => AnswerJudge.Classify(defect, headWasWritten: false)));
    }

    // The HTTP client makes a second connection by itself when the first closes without an answer.
    [Theory]
    [MemberData(nameof(Causes), DisableDiscoveryEnumeration = true)]
    public void Once_the_head_was_written_nothing_is_taken_for_a_failed_connection(Exception cause, Outcome outcome) =>
        Assert.Equal(outcome.IsNothingSent() ? Outcome.Reset : outcome, AnswerJudge.Classify(cause, headWasWritten: true));

    [Theory]
    [MemberData(nameof(TunnelEnds))]
    public void What_ended_an_answer_that_is_not_whole_is_told_by_the_forwarder(ForwarderError error, Outcome outcome) =>
        Assert.Equal(outcome, AnswerJudge.ClassifyTunnel(error));

    [Theory]
    [InlineData(200, null, "1.1", false, true)]
    [InlineData(200, "chunked", "1.1", false, true)]
    [InlineData(200, "gzip, chunked", "1.1", false, false)]
    [InlineData(200, "chunked", "1.0", false, false)]
    [InlineData(99, null, "1.1", false, false)]
    [InlineData(101, null, "1.1", true, true)]
    [InlineData(101, null, "1.1", false, false)]
    public void A_head_is_passed_on_when_client_and_destination_cannot_read_it_in_two_ways(int status, string? coding, string version, bool isTunnel, bool isValid)
    {
        using var answer = new HttpResponseMessage((HttpStatusCode)status) { Version = new Version(version) };
        if (coding is not null)
        {
            answer.Headers.TryAddWithoutValidation("Transfer-Encoding", coding);
        }

        Assert.Equal(isValid, AnswerJudge.IsValid(answer, isTunnel));
    }

    [Theory]
    [InlineData("GET", null, 101, true)]
    [InlineData("GET", null, 200, false)]
    [InlineData("CONNECT", "websocket", 200, true)]
    [InlineData("CONNECT", "websocket", 403, false)]
    public void A_tunnel_is_opened_by_a_switch_of_protocols_or_over_HTTP_2_by_success(string method, string? protocol, int status, bool opens)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://a");
        request.Headers.Protocol = protocol;
        using var answer = new HttpResponseMessage((HttpStatusCode)status) { RequestMessage = request };

        Assert.Equal(opens, AnswerJudge.OpensTunnel(answer));
    }
}
