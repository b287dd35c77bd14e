namespace LoadBalancer.Proxy.Http;

/// <summary>What a request ended in: what its last attempt did, or why there was none.</summary>
internal enum RequestOutcome
{
    Success = Outcome.Success,
    ServerError = Outcome.ServerError,
    ConnectFailed = Outcome.ConnectFailed,
    CertificateRefused = Outcome.CertificateRefused,
    ConnectTimeout = Outcome.ConnectTimeout,
    Reset = Outcome.Reset,
    Timeout = Outcome.Timeout,
    InvalidAnswer = Outcome.InvalidAnswer,
    AnswerBroken = Outcome.AnswerBroken,
    ClientLeft = Outcome.ClientLeft,
    BadRequest = Outcome.BadRequest,
    Cancelled = Outcome.Cancelled,

    /// <summary>No destination was available.</summary>
    NoDestination,

    /// <summary>It was refused because there is too much to do.</summary>
    Shed,

    /// <summary>No route matched.</summary>
    NoRoute,

    /// <summary>The proxy does not pass such a request on.</summary>
    Refused,

    /// <summary>The client may not ask for it.</summary>
    Denied,

    /// <summary>The client was sent elsewhere.</summary>
    Redirected,

    /// <summary>The client was answered what its route says.</summary>
    Responded,

    /// <summary>The proxy itself failed.</summary>
    Defect,
}

/// <summary>The names of <see cref="RequestOutcome"/>.</summary>
internal static class RequestOutcomes
{
    /// <summary>The value of the tag <c>lb.outcome</c>.</summary>
    public static string Tag(this RequestOutcome outcome) => outcome switch
    {
        RequestOutcome.NoDestination => "no_destination",
        RequestOutcome.Shed => "shed",
        RequestOutcome.NoRoute => "no_route",
        RequestOutcome.Refused => "refused",
        RequestOutcome.Denied => "denied",
        RequestOutcome.Redirected => "redirected",
        RequestOutcome.Responded => "responded",
        RequestOutcome.Defect => "defect",
        _ => ((Outcome)outcome).Tag(),
    };
}
