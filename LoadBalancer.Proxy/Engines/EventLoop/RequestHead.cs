using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>
/// The head of a request. <see cref="RequestParser.Parse"/> fills it, over as many calls as the head takes to arrive; when it says Complete, everything here
/// is the head's own and holds until <see cref="Reset"/>, whatever becomes of the buffer that it was read from.
/// </summary>
internal sealed class RequestHead : MessageHead
{
    private const int MostId = 128;

    private readonly byte[] _id = new byte[MostId];
    private char[] _target = new char[256];
    private char[] _authority = new char[64];
    private string? _method;
    private byte[] _sent = [];
    private int _sentLength;
    private int _idLength;
    private int _targetLength;
    private int _authorityLength;

    /// <summary>Why it is refused, when the parser says Invalid.</summary>
    public Refusal? Fault { get; set; }

    /// <summary>The method, as written; empty where the head did not come whole. A known one is always the same string.</summary>
    public string Method => Length == 0 ? "" : _method ??= Methods.Of(Bytes.Slice(MethodStart, MethodLength));

    /// <summary>The target as the client wrote it, in whatever form: what <c>TargetPath</c>, <c>RequestKey</c> and <c>Redirect</c> take.</summary>
    public ReadOnlySpan<char> Target => _target.AsSpan(0, _targetLength);

    /// <summary>The path and query that go on (RFC 9112, 3.2.1), byte for byte as the client wrote them; without its slash where <see cref="AddsSlash"/>. Or else what they were changed into.</summary>
    public ReadOnlySpan<byte> PathAndQuery => _sentLength > 0 ? _sent.AsSpan(0, _sentLength) : Length == 0 ? [] : Bytes.Slice(PathStart, TargetStart + TargetLength - PathStart);

    /// <summary>Whether a slash goes before <see cref="PathAndQuery"/>: an absolute form may have no path.</summary>
    public bool AddsSlash => PathAndQuery is not [(byte)'/', ..];

    /// <summary>What the client asked for: the host of the absolute form, or else of <c>Host</c>; empty where HTTP/1.0 names none.</summary>
    public ReadOnlySpan<char> Authority => _authority.AsSpan(0, _authorityLength);

    /// <summary>The same as bytes.</summary>
    public ReadOnlySpan<byte> Host => Length == 0 ? [] : Bytes.Slice(HostStart, HostLength);

    /// <summary>How its body ends.</summary>
    public RequestBody Body { get; set; }

    /// <summary>Whether it waits to be told to send its body.</summary>
    public bool ExpectsContinue { get; set; }

    /// <summary>Whether it asks for a WebSocket, the only protocol that is switched to.</summary>
    public bool IsTunnel { get; set; }

    /// <summary>Its id: the client's where it may be kept, or a new one. Empty before <see cref="Identify"/>.</summary>
    public ReadOnlySpan<byte> Id => _id.AsSpan(0, _idLength);

    /// <summary>Where the method begins. These are set by the parser.</summary>
    public int MethodStart { get; set; }

    public int MethodLength { get; set; }

    public int TargetStart { get; set; }

    public int TargetLength { get; set; }

    /// <summary>Where path and query begin in the target.</summary>
    public int PathStart { get; set; }

    /// <summary>Where the fields begin.</summary>
    public int FieldsStart { get; set; }

    public int HostStart { get; set; }

    public int HostLength { get; set; }

    /// <summary>How many lines of a kind there are that may come once: <c>Host</c>, <c>Upgrade</c>.</summary>
    public int HostCount { get; set; }

    public int UpgradeCount { get; set; }

    /// <summary>Whether the only <c>Upgrade</c> asks for a WebSocket.</summary>
    public bool NamesWebSocket { get; set; }

    /// <summary>Whether it has <c>Via</c> or <c>Max-Forwards</c>, and may be for the proxy.</summary>
    public bool CountsHops { get; set; }

    public bool HasTe { get; set; }

    /// <summary>Chooses its id. Also for one that could not be parsed.</summary>
    public void Identify(Random random)
    {
        if (TryGetOnly(FieldId.RequestId, out var sent) && RequestId.IsAcceptable(sent))
        {
            sent.CopyTo(_id);
            _idLength = sent.Length;
        }
        else
        {
            _idLength = RequestId.Create(random, _id);
        }
    }

    /// <summary>Changes the path and query that go on.</summary>
    public void SendAs(ReadOnlySpan<char> pathAndQuery)
    {
        if (_sent.Length < pathAndQuery.Length)
        {
            _sent = new byte[pathAndQuery.Length * 2];
        }

        _sentLength = System.Text.Encoding.ASCII.GetBytes(pathAndQuery, _sent);
    }

    /// <summary>
    /// Whether the proxy answers it itself, whatever the routes say: with this refusal, or without one, that it is OPTIONS meant for the proxy
    /// (<see cref="AnswerWriter.WriteOptions"/>).
    /// </summary>
    public bool IsForProxy(out Refusal? refusal) => OwnAnswer.IsDue(
        Method,
        Target,
        CountsHops ? Joined(FieldId.Via) : [],
        CountsHops && Method == "OPTIONS" && TryGetOnly(FieldId.MaxForwards, out _) ? ValueOfMaxForwards() : [],
        out refusal);

    /// <inheritdoc />
    public override void Keep(ReadOnlySpan<byte> bytes)
    {
        base.Keep(bytes);
        _targetLength = Widen(Bytes.Slice(TargetStart, TargetLength), ref _target).Length;
        _authorityLength = Widen(Host, ref _authority).Length;
    }

    /// <inheritdoc />
    public override void Reset()
    {
        base.Reset();
        (Fault, _method, Body, ExpectsContinue, IsTunnel) = (null, null, RequestBody.None, false, false);
        (MethodStart, MethodLength, TargetStart, TargetLength, PathStart, FieldsStart, HostStart, HostLength) = (0, 0, 0, 0, 0, 0, 0, 0);
        (HostCount, UpgradeCount, NamesWebSocket, CountsHops, HasTe) = (0, 0, false, false, false);
        (_idLength, _targetLength, _authorityLength, _sentLength) = (0, 0, 0, 0);
    }

    // Not joined beside Via, which is in the memory that lines are joined in.
    private ReadOnlySpan<char> ValueOfMaxForwards() => TryGet("Max-Forwards", 0, out var value) ? value : [];
}
