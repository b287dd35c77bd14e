using System.Net.Sockets;
using System.Security.Authentication;

namespace LoadBalancer.Proxy.Health;

/// <summary>Says for people why a probe failed.</summary>
internal static class ProbeFailure
{
    /// <summary>The reason: <c>connection refused</c>, <c>unknown host</c>, ...</summary>
    public static string Explain(Exception exception) => exception switch
    {
        HttpRequestException failed => Explain(failed),
        _ when Within<SocketException>(exception) is { } socket => Explain(socket),
        OperationCanceledException => "timeout",
        _ => exception.Message,
    };

    // The cause is deepest: a broken connection comes as a request that failed by an I/O that failed by a socket.
    private static string Explain(HttpRequestException exception) => (exception.HttpRequestError, exception.GetBaseException()) switch
    {
        _ when Within<AuthenticationException>(exception) is { } refused => refused.Message,
        (HttpRequestError.SecureConnectionError, _) => "TLS handshake failed",
        (_, SocketException socket) => Explain(socket),
        (HttpRequestError.NameResolutionError, _) => "unknown host",
        (HttpRequestError.ResponseEnded, _) => "connection closed",
        (HttpRequestError.InvalidResponse, _) => "invalid answer",
        (HttpRequestError.Unknown, var cause) => cause.Message,
        var (error, _) => Words(error.ToString()),
    };

    private static string Explain(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => "unknown host",
        var error => Words(error.ToString()),
    };

    private static T? Within<T>(Exception exception) where T : Exception
    {
        var cause = exception;
        while (cause is not (null or T))
        {
            cause = cause.InnerException;
        }

        return cause as T;
    }

    // HostUnreachable -> host unreachable
    private static string Words(string name) =>
        string.Concat(name.Select((letter, i) => char.IsUpper(letter) ? (i == 0 ? "" : " ") + char.ToLowerInvariant(letter) : letter.ToString()));
}
