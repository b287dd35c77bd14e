using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>What the access log tells of the exchange.</summary>
internal sealed partial class Exchange
{
    private long _passed;
    private long? _toConnection;
    private long? _toFirstByte;

    /// <summary>The proxies whose word on where the request came from is taken.</summary>
    public TrustedProxies Trusted { get; init; } = TrustedProxies.None;

    /// <summary>Counts what the client gets of the body of the answer.</summary>
    public void Pass(int bytes) => _passed += bytes;

    private void WriteLine(AccessLog log, in RequestRecord record)
    {
        var request = Context.Request;
        log.Write(new AccessEntry
        {
            Time = _services.Time.GetUtcNow().AddTicks(-record.Elapsed),
            Client = RequestFields.ClientOf(Context, Trusted),
            User = User,
            Method = request.Method,
            Target = RequestTarget.Of(Context),
            Host = request.Host.Value,
            Protocol = request.Protocol,
            Fields = this,
            RequestId = RequestId,
            Status = record.Status,
            Bytes = _passed,
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
