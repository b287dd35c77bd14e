using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What the head to a client says beside what the destination wrote.</summary>
internal readonly ref struct AnswerContext
{
    /// <summary>The value of <c>Date</c>, where the destination sent none (<see cref="DateText"/>).</summary>
    public required ReadOnlySpan<byte> Date { get; init; }

    /// <summary>Whether the client's connection is closed after it for a reason of ours: a stop, or that it has brought as many requests as it may. Not for a tunnel.</summary>
    public bool Closes { get; init; }

    /// <summary>The value of the session's <c>Set-Cookie</c>, or empty.</summary>
    public ReadOnlySpan<char> SetCookie { get; init; }

    /// <summary>The header that the session is told by, or empty.</summary>
    public ReadOnlySpan<char> SessionHeader { get; init; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<char> SessionId { get; init; }
}

/// <summary>How an answer goes on after its head.</summary>
/// <param name="Relay">What is done to its body.</param>
/// <param name="Closes">Whether the client's connection is closed after it, as the head says.</param>
internal readonly record struct AnswerPlan(BodyRelay Relay, bool Closes);

/// <summary>Writes the heads of answers as clients get them.</summary>
internal static class AnswerWriter
{
    /// <summary>Appends the head of an answer that is passed on; of one that opens a tunnel as well.</summary>
    public static AnswerPlan Write(OutputBuffer to, ResponseHead answer, RequestHead request, in AnswerContext context) => throw new NotImplementedException();

    /// <summary>Appends an informational answer (1xx). Nothing for a client of HTTP/1.0, which knows none.</summary>
    public static void WriteInformational(OutputBuffer to, ResponseHead answer, RequestHead request) => throw new NotImplementedException();

    /// <summary>Appends a refusal, head and body.</summary>
    /// <param name="request">The request, whose id was chosen; it may be one that could not be parsed.</param>
    /// <param name="closes">Whether the connection is closed after it.</param>
    /// <returns>Whether the connection is to be closed after it.</returns>
    public static bool WriteRefusal(OutputBuffer to, Refusal refusal, string? cluster, RequestHead request, ReadOnlySpan<byte> date, bool closes) => throw new NotImplementedException();

    /// <summary>Appends the answer to OPTIONS that is meant for the proxy.</summary>
    /// <returns>Whether the connection is to be closed after it.</returns>
    public static bool WriteOptions(OutputBuffer to, RequestHead request, ReadOnlySpan<byte> date, bool closes) => throw new NotImplementedException();

    /// <summary>Appends an answer that sends the client elsewhere.</summary>
    /// <returns>Whether the connection is to be closed after it.</returns>
    public static bool WriteRedirect(OutputBuffer to, int status, string location, RequestHead request, ReadOnlySpan<byte> date, bool closes) => throw new NotImplementedException();
}
