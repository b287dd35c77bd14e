using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What the access log tells of the exchange.</summary>
internal sealed partial class EventLoopExchange
{
    private long _passed;
    private long? _toConnection;
    private long? _toFirstByte;

    // In chunks, what was passed on has their framing in it.
    private long AnswerBytes =>
        _relayed is not null ? (_tunnel is null && _plan.Relay == BodyRelay.Chunks ? _answerChunks.Announced : _passed)
        : _refusal is { } refusal && Head.Method != "HEAD" ? new RefusalText(refusal, _cluster?.Name, Head.Id).Length
        : _passed;

    private void BeginLog() => (_passed, _toConnection, _toFirstByte) = (0, null, null);

    private void WriteLine(in RequestRecord record)
    {
        Span<char> id = stackalloc char[Head.Id.Length];
        System.Text.Encoding.ASCII.GetChars(Head.Id, id);
        _services.Engine.AccessLog.Write(new AccessEntry
        {
            Time = _services.UtcNow.AddTicks(-record.Elapsed),
            Client = ClientAddress(),
            User = _user,
            Method = Head.Method,
            Target = Head.Target,
            Host = Head.Authority,
            Protocol = Head.Length == 0 ? default : Head.IsHttp10 ? "HTTP/1.0" : "HTTP/1.1",
            Fields = Head,
            RequestId = id,
            Status = record.Status,
            Bytes = AnswerBytes,
            Route = record.Route,
            Cluster = record.Cluster,
            Destination = record.Destination,
            Attempts = record.Attempts,
            Total = record.Elapsed,
            Connect = _toConnection,
            FirstByte = _toFirstByte,
            Outcome = record.Outcome.Tag(),
        });
    }
}
