using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>
/// The head of a request. <see cref="RequestParser.Parse"/> fills it, over as many calls as the head takes to arrive; when it says Complete, everything here
/// is the head's own and holds until <see cref="Reset"/>, whatever becomes of the buffer that it was read from.
/// </summary>
internal sealed class RequestHead : MessageHead
{
    /// <summary>Why it is refused, when the parser says Invalid.</summary>
    public Refusal? Fault { get; internal set; }

    /// <summary>The method, as written. A known one is always the same string.</summary>
    public string Method => throw new NotImplementedException();

    /// <summary>The target as the client wrote it, in whatever form: what <c>TargetPath</c>, <c>RequestKey</c> and <c>Redirect</c> take.</summary>
    public ReadOnlySpan<char> Target => throw new NotImplementedException();

    /// <summary>The path and query that go on (RFC 9112, 3.2.1), byte for byte as the client wrote them.</summary>
    public ReadOnlySpan<byte> OriginForm => throw new NotImplementedException();

    /// <summary>What the client asked for: the host of the absolute form, or else of <c>Host</c>; empty where HTTP/1.0 names none.</summary>
    public ReadOnlySpan<char> Authority => throw new NotImplementedException();

    /// <summary>The same as bytes.</summary>
    public ReadOnlySpan<byte> Host => throw new NotImplementedException();

    public bool IsHttp10 { get; internal set; }

    /// <summary>How its body ends.</summary>
    public RequestBody Body { get; internal set; }

    /// <summary>How long its body is, where that is said.</summary>
    public long ContentLength { get; internal set; }

    /// <summary>Whether the client keeps its connection open after the answer.</summary>
    public bool KeepsAlive { get; internal set; }

    /// <summary>Whether it waits to be told to send its body.</summary>
    public bool ExpectsContinue { get; internal set; }

    /// <summary>Whether it asks for a WebSocket, the only protocol that is switched to.</summary>
    public bool IsTunnel { get; internal set; }

    /// <summary>Its id: the client's where it may be kept, or a new one. Empty before <see cref="Identify"/>.</summary>
    public ReadOnlySpan<byte> Id => throw new NotImplementedException();

    /// <summary>Chooses its id. Also for one that could not be parsed.</summary>
    public void Identify(Random random) => throw new NotImplementedException();

    /// <summary>Whether the proxy answers it itself, whatever the routes say: with this refusal, or without one, that it is OPTIONS meant for the proxy (<see cref="AnswerWriter.WriteOptions"/>).</summary>
    public bool IsForProxy(out Refusal? refusal) => throw new NotImplementedException();

    /// <summary>Forgets the head, to parse the next.</summary>
    public void Reset() => throw new NotImplementedException();
}
