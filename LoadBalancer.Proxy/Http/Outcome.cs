namespace LoadBalancer.Proxy.Http;

/// <summary>What an attempt ended in.</summary>
public enum Outcome
{
    /// <summary>The destination answered, and the answer went through whole.</summary>
    Success,

    /// <summary>The destination answered with a 5xx status, and the answer went through whole.</summary>
    ServerError,

    /// <summary>No connection could be made: refused, unreachable, unknown name, failed handshake. Nothing was sent.</summary>
    ConnectFailed,

    /// <summary>The destination's certificate was refused. Nothing was sent.</summary>
    CertificateRefused,

    /// <summary>No connection was made in time. Nothing was sent.</summary>
    ConnectTimeout,

    /// <summary>The connection broke after something may have been sent and before the answer began.</summary>
    Reset,

    /// <summary>No answer, or no further byte of it, came in time.</summary>
    Timeout,

    /// <summary>What came was not an HTTP answer.</summary>
    InvalidAnswer,

    /// <summary>The answer broke off after it had begun.</summary>
    AnswerBroken,

    /// <summary>The client left before the end.</summary>
    ClientLeft,

    /// <summary>The request itself could not be read from the client, or not be sent on.</summary>
    BadRequest,

    /// <summary>The proxy gave the attempt up for a reason of its own: another destination answered sooner, or a defect.</summary>
    Cancelled,
}

/// <summary>The blame table: who is at fault for an outcome, and whether another attempt may be made.</summary>
internal static class Outcomes
{
    private const int LeastServerError = 500;

    /// <summary>What an attempt ended in whose answer came whole, with this status.</summary>
    public static Outcome OfStatus(int status) => status >= LeastServerError ? Outcome.ServerError : Outcome.Success;

    /// <summary>Whether the outcome speaks against the destination. A client that leaves is nobody's fault.</summary>
    public static bool IsDestinationFault(this Outcome outcome) => outcome switch
    {
        Outcome.Success or Outcome.ClientLeft or Outcome.BadRequest or Outcome.Cancelled => false,
        _ => true,
    };

    /// <summary>Whether it is certain that the destination got no byte of the request, so that a further attempt repeats nothing.</summary>
    public static bool IsNothingSent(this Outcome outcome) => outcome is Outcome.ConnectFailed or Outcome.ConnectTimeout or Outcome.CertificateRefused;

    /// <summary>The value of the tag <c>lb.outcome</c>.</summary>
    public static string Tag(this Outcome outcome) => outcome switch
    {
        Outcome.Success => "success",
        Outcome.ServerError => "server_error",
        Outcome.ConnectFailed => "connect_failed",
        Outcome.ConnectTimeout => "connect_timeout",
        Outcome.CertificateRefused => "certificate_refused",
        Outcome.Reset => "reset",
        Outcome.Timeout => "timeout",
        Outcome.InvalidAnswer => "invalid_answer",
        Outcome.AnswerBroken => "answer_broken",
        Outcome.ClientLeft => "client_left",
        Outcome.BadRequest => "bad_request",
        Outcome.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };
}
