using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Writes the answers of the proxy itself.</summary>
internal static partial class AnswerWriter
{
    /// <summary>Appends a refusal, head and body.</summary>
    /// <param name="to">Where it is written.</param>
    /// <param name="refusal">What is refused, and why.</param>
    /// <param name="cluster">The cluster that was to serve the request, or null.</param>
    /// <param name="request">The request, whose id was chosen; it may be one that could not be parsed.</param>
    /// <param name="date">The value of <c>Date</c>.</param>
    /// <param name="closes">Whether the connection is closed after it, for whatever reason.</param>
    /// <param name="changes">What the route changes in answers; null where it changes nothing, or there is none.</param>
    /// <returns>Whether the connection is to be closed after it.</returns>
    public static bool WriteRefusal(
        OutputBuffer to, Refusal refusal, string? cluster, RequestHead request, ReadOnlySpan<byte> date, bool closes, RouteChanges? changes = null)
    {
        closes = Begin(to, refusal.Status, request, date, closes || refusal.Closes);
        to.Write(changes is null ? [] : changes.Answer(refusal.Status).AddedToOwn);
        if (refusal.Allow is { } allow)
        {
            to.WriteField("Allow: "u8, allow);
        }

        if (refusal.Challenge is { } challenge)
        {
            to.WriteField("WWW-Authenticate: "u8, challenge);
        }

        if (refusal.RetryAfter is { } seconds)
        {
            to.WriteField("Retry-After: "u8, seconds);
        }

        to.Write("Content-Type: application/problem+json\r\n"u8);
        var body = new RefusalText(refusal, cluster, request.Id);
        to.WriteField("Content-Length: "u8, body.Length);
        to.WriteLineEnd();
        if (request.Method != "HEAD")
        {
            to.Write(body.Opening);
            to.Write(body.ClusterKey);
            to.Write(body.Cluster);
            to.Write(body.IdKey);
            to.Write(body.Id);
            to.Write(RefusalText.Closing);
        }

        return closes;
    }

    /// <summary>Appends the answer to OPTIONS that is meant for the proxy.</summary>
    /// <returns>Whether the connection is to be closed after it.</returns>
    public static bool WriteOptions(OutputBuffer to, RequestHead request, ReadOnlySpan<byte> date, bool closes)
    {
        closes = Begin(to, 204, request, date, closes);
        to.WriteField("Allow: "u8, Refusal.PassedMethods);
        to.WriteLineEnd();
        return closes;
    }

    /// <summary>Appends an answer that sends the client elsewhere.</summary>
    /// <returns>Whether the connection is to be closed after it.</returns>
    public static bool WriteRedirect(OutputBuffer to, int status, string location, RequestHead request, ReadOnlySpan<byte> date, bool closes)
    {
        closes = Begin(to, status, request, date, closes);
        to.WriteField("Location: "u8, location);
        to.Write("Content-Length: 0\r\n"u8);
        to.WriteLineEnd();
        return closes;
    }

    /// <summary>Appends the answer of a route.</summary>
    /// <returns>Whether the connection is to be closed after it.</returns>
    public static bool WriteFixed(OutputBuffer to, FixedAnswer answer, RequestHead request, ReadOnlySpan<byte> date, bool closes)
    {
        closes = Begin(to, answer.Status, request, date, closes);
        to.Write(answer.Lines);
        if (answer.HasLength)
        {
            to.WriteField("Content-Length: "u8, answer.Body.Length);
        }

        to.WriteLineEnd();
        if (request.Method != "HEAD")
        {
            to.Write(answer.Body.Span);
        }

        return closes;
    }

    private static bool Begin(OutputBuffer to, int status, RequestHead request, ReadOnlySpan<byte> date, bool closes)
    {
        closes |= !request.KeepsAlive;
        to.Write(StatusLines.Of(status));
        WriteConnection(to, request, closes);
        to.WriteField("Date: "u8, date);
        to.WriteField("X-Request-Id: "u8, request.Id);
        return closes;
    }
}
