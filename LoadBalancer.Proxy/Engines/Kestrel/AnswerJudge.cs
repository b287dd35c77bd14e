using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Security.Authentication;
using LoadBalancer.Proxy.Http;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Says what an attempt ended in, from what the HTTP client and the forwarder report.</summary>
internal static class AnswerJudge
{
    /// <summary>Whether the head of an answer is one that can be passed on.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="isTunnel">Whether a tunnel was asked for.</param>
    public static bool IsValid(HttpResponseMessage answer, bool isTunnel)
    {
        if ((int)answer.StatusCode < 100 || (answer.StatusCode == HttpStatusCode.SwitchingProtocols && !isTunnel))
        {
            return false;
        }

        // The HTTP client reads whatever ends in "chunked" as chunked and ignores other codings, which we can neither undo nor pass on (RFC 9112, 6.1).
        return !answer.Headers.NonValidated.TryGetValues(HeaderNames.TransferEncoding, out var coding)
            || (answer.Version != HttpVersion.Version10 && FieldValues.IsChunked(coding.ToString()));
    }

    /// <summary>The status that rules go by. A call of gRPC that failed has status 200, and says in its head or its trailers that it did.</summary>
    public static int StatusOf(HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        return status == StatusCodes.Status200OK && answer.Version.Major >= 2
            && (answer.Headers.NonValidated.TryGetValues(GrpcStatus.Header, out var code) || answer.TrailingHeaders.NonValidated.TryGetValues(GrpcStatus.Header, out code))
                ? GrpcStatus.MeantBy(code.ToString())
                : status;
    }

    /// <summary>For how long the destination asks to be left alone, in ticks of 100 ns; 0 when it does not.</summary>
    public static long RetryAfterOf(HttpResponseMessage answer, TimeProvider time) =>
        RetryAfter.IsMeantBy((int)answer.StatusCode) && answer.Headers.NonValidated.TryGetValues(HeaderNames.RetryAfter, out var value)
            ? RetryAfter.Parse(value.ToString(), time.GetUtcNow())
            : 0;

    /// <summary>Whether the answer opens a tunnel: by a switch of protocols, or over HTTP/2 by accepting the extended CONNECT (RFC 8441, 5).</summary>
    public static bool OpensTunnel(HttpResponseMessage answer) =>
        answer.StatusCode == HttpStatusCode.SwitchingProtocols
        || (answer.StatusCode == HttpStatusCode.OK && answer.RequestMessage is { Headers.Protocol: not null } request && request.Method == HttpMethod.Connect);

    /// <summary>What an attempt ended in that got no answer. Neither the client nor the proxy has ended it.</summary>
    /// <param name="exception">What the HTTP client threw.</param>
    /// <param name="headWasWritten">Whether the destination may have got the head of the request.</param>
    /// <remarks>Throws what the HTTP client never does: a defect of ours is no fault of the destination, and must not be sent to the next one.</remarks>
    public static Outcome Classify(Exception exception, bool headWasWritten)
    {
        if (!IsOfTheWire(exception))
        {
            ExceptionDispatchInfo.Throw(exception);
        }

        var outcome = Classify(exception);

        // A connection that could not be made was then a second one, after the first had closed without an answer.
        return headWasWritten && outcome.IsNothingSent() ? Outcome.Reset : outcome;
    }

    /// <summary>What a tunnel ended in.</summary>
    public static Outcome ClassifyTunnel(ForwarderError error) => error switch
    {
        // A tunnel on which nobody has anything to say has served its purpose.
        ForwarderError.None or ForwarderError.UpgradeActivityTimeout => Outcome.Success,
        ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination or ForwarderError.RequestBodyDestination or ForwarderError.ResponseBodyDestination => Outcome.AnswerBroken,
        ForwarderError.ResponseHeaders => Outcome.InvalidAnswer,
        ForwarderError.UpgradeRequestClient or ForwarderError.UpgradeResponseClient or ForwarderError.RequestBodyClient or ForwarderError.ResponseBodyClient => Outcome.ClientLeft,
        ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled or ForwarderError.RequestCanceled
            or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled => Outcome.ClientLeft,

        // Whatever it is, neither of the two sides has caused it.
        _ => Outcome.Cancelled,
    };

    private static bool IsOfTheWire(Exception exception) =>
        exception is HttpRequestException or IOException or OperationCanceledException or TimeoutException or SocketException or AuthenticationException or ObjectDisposedException;

    private static Outcome Classify(Exception exception)
    {
        // The client says with an inner exception that it was the connection, or the handshake on it, that took too long.
        if (exception is OperationCanceledException { InnerException: TimeoutException })
        {
            return Outcome.ConnectTimeout;
        }

        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case HttpRequestException { InnerException: CertificateRefusedException }:
                    return Outcome.CertificateRefused;
                case ConnectException:
                case HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError }:
                    return Outcome.ConnectFailed;
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.VersionNegotiationError }:
                    return Outcome.InvalidAnswer;
            }
        }

        return Outcome.Reset;
    }
}
