using LoadBalancer.Proxy.Http;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Says what an attempt ended in, from what the forwarder reports.</summary>
internal static class OutcomeClassifier
{
    /// <summary>The outcome of an attempt.</summary>
    /// <param name="error">The forwarder's own verdict.</param>
    /// <param name="exception">What it rests on, or null.</param>
    /// <param name="status">The status on the answer: the destination's, or the one that the forwarder chose.</param>
    /// <param name="clientLeft">Whether the client is gone.</param>
    public static Outcome Classify(ForwarderError error, Exception? exception, int status, bool clientLeft)
    {
        if (error == ForwarderError.None)
        {
            return status >= 500 ? Outcome.ServerError : Outcome.Success;
        }

        // When an answer breaks off, the forwarder cuts the client's connection, and then the client looks as if it had left.
        // Had it left before, the forwarder would have called the copy cancelled.
        if (clientLeft && error != ForwarderError.ResponseBodyDestination)
        {
            return Outcome.ClientLeft;
        }

        return error switch
        {
            ForwarderError.Request => ClassifyRequest(exception),

            // The client says with an inner exception that it was the connection, or the handshake on it, that took too long.
            ForwarderError.RequestTimedOut => exception is OperationCanceledException { InnerException: TimeoutException } ? Outcome.ConnectTimeout : Outcome.Timeout,

            // The forwarder tells a slow destination from a broken one by the status only.
            ForwarderError.RequestBodyDestination => status == StatusCodes.Status504GatewayTimeout ? Outcome.Timeout : Outcome.Reset,
            ForwarderError.RequestCreation or ForwarderError.RequestBodyClient => Outcome.BadRequest,
            ForwarderError.ResponseHeaders => Outcome.InvalidAnswer,
            ForwarderError.ResponseBodyDestination => exception is OperationCanceledException ? Outcome.Timeout : Outcome.AnswerBroken,
            ForwarderError.UpgradeRequestDestination or ForwarderError.UpgradeResponseDestination => Outcome.AnswerBroken,

            // A tunnel on which nobody has anything to say has served its purpose.
            ForwarderError.UpgradeActivityTimeout => Outcome.Success,
            _ => Outcome.ClientLeft,
        };
    }

    private static Outcome ClassifyRequest(Exception? exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case ConnectException:
                case HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError }:
                    return Outcome.ConnectFailed;
                case TimeoutException:
                    return Outcome.Timeout;
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.VersionNegotiationError }:
                    return Outcome.InvalidAnswer;
            }
        }

        return Outcome.Reset;
    }
}
