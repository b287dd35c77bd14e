using System.Diagnostics;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>One request and what becomes of it: the state that its attempts share. Used by one request only, never by two threads at once.</summary>
internal sealed class Exchange(HttpContext context, string requestId) : IDisposable
{
    private readonly IHttpResponseBodyFeature _answer = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();

    // Nearly every request ends with its first attempt, so the second place is not made before it is needed.
    private Member[] _tried = [];
    private Member[] _unreached = [];
    private ReplayableBody? _body;

    public HttpContext Context { get; } = context;

    public string RequestId { get; } = requestId;

    public bool IsIdempotent { get; } = RetryPolicy.IsIdempotent(context.Request.Method);

    /// <summary>Whether the client asks for a WebSocket, the only protocol that is switched to.</summary>
    public bool IsTunnel { get; } =
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        && context.Request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase);

    public Route? Route { get; set; }

    public Cluster? Cluster => Route?.Cluster;

    /// <summary>The destinations that were picked, in order; one that was picked twice is there twice.</summary>
    public ReadOnlySpan<Member> Tried => _tried;

    /// <summary>Those of them that did not get the request.</summary>
    public ReadOnlySpan<Member> Unreached => _unreached;

    /// <summary>The destination of the last attempt.</summary>
    public Member? Destination { get; private set; }

    /// <summary>How many attempts there were.</summary>
    public int Attempts { get; private set; }

    public Outcome? LastOutcome { get; set; }

    /// <summary>What to answer instead of a destination's answer; null when there is one.</summary>
    public Refusal? Refusal { get; set; }

    /// <summary>The status that the destination of the last attempt answered; null when it did not.</summary>
    public int? AnswerStatus { get; private set; }

    /// <summary>When the head of that answer was there, in ticks of the proxy's clock.</summary>
    public long? AnsweredAt { get; private set; }

    public Activity? Activity { get; set; }

    public Activity? AttemptActivity { get; set; }

    /// <summary>Whether an answer can still be sent: none has begun, and the client is there to read it.</summary>
    public bool CanStillAnswer => !Context.Response.HasStarted && !Context.RequestAborted.IsCancellationRequested;

    /// <summary>Whether the body can be sent again from its start.</summary>
    public bool CanReplay => _body?.CanRewind ?? true;

    public void BeginAttempt(Member destination) => (Destination, Attempts) = (destination, Attempts + 1);

    public void BeginAnswer(int status, long timestamp) => (AnswerStatus, AnsweredAt) = (status, timestamp);

    public void AddTried(Member destination) => _tried = [.. _tried, destination];

    public void AddUnreached(Member destination) => _unreached = [.. _unreached, destination];

    /// <summary>Puts a body that remembers its beginning in place of the request's, so that a further attempt can send it again.</summary>
    public void MakeBodyReplayable()
    {
        _body = new ReplayableBody(Context.Request.Body);
        Context.Request.Body = _body;
    }

    /// <summary>Wipes what the failed attempt left on the answer.</summary>
    public void PrepareNextAttempt()
    {
        _body?.Rewind();
        (AnswerStatus, AnsweredAt) = (null, null);
        WipeAnswer();
    }

    /// <summary>Writes the refusal, if there is one and it can still be sent.</summary>
    public Task WriteRefusalAsync()
    {
        if (Refusal is null || !CanStillAnswer)
        {
            return Task.CompletedTask;
        }

        WipeAnswer();
        return ProblemWriter.WriteAsync(Context, Refusal, Cluster?.Name, RequestId);
    }

    /// <inheritdoc />
    public void Dispose() => _body?.Dispose();

    // The failed attempt may have put a body of its own framing in place of the answer's.
    private void WipeAnswer()
    {
        Context.Features.Set(_answer);
        Context.Response.Clear();
    }
}
