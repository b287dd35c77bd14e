using LoadBalancer.Proxy.Balancing;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Sends copies of requests, one attempt each, and throws the answers away. Whatever becomes of them, nobody waits for it.</summary>
/// <param name="clients">The connections to the destinations.</param>
/// <param name="metrics">Is told what became of each.</param>
/// <param name="time">The clock.</param>
/// <param name="random">The dice.</param>
/// <param name="logger">Is told of defects.</param>
internal sealed partial class Mirrors(UpstreamClients clients, ProxyMetrics metrics, TimeProvider time, Random random, ILogger<Mirrors> logger)
{
    /// <summary>The outcome of one that was not sent since its body was not there whole.</summary>
    public const string Incomplete = "incomplete";

    // A cluster that is too slow for its copies does not get more and more of them.
    private const int MostUnderWay = 256;

    private int _underWay;

    /// <summary>Sends a copy.</summary>
    /// <param name="cluster">Where to.</param>
    /// <param name="context">The request. It is read before the call returns.</param>
    /// <param name="requestId">Its id.</param>
    /// <param name="trusted">The proxies whose word on where it came from is passed on.</param>
    /// <param name="body">Its body; null where it has none.</param>
    public void Send(Cluster cluster, HttpContext context, string requestId, TrustedProxies trusted, byte[]? body)
    {
        if (Interlocked.Increment(ref _underWay) > MostUnderWay)
        {
            Interlocked.Decrement(ref _underWay);
            metrics.Mirrored(cluster.Name, null, RequestOutcome.Shed.Tag());
            return;
        }

        var standing = cluster.Standing;
        var index = standing.Pick(default, hash: null, Dice.Roll(random), time.MonotonicTicks());
        var member = index < 0 ? default : standing.Available[index];
        var isTrial = false;
        if (index < 0 || member.Destination.TryBegin(standing.Tolerated, out isTrial) != Admission.Admitted)
        {
            Interlocked.Decrement(ref _underWay);
            metrics.Mirrored(cluster.Name, null, RequestOutcome.NoDestination.Tag());
            return;
        }

        HttpRequestMessage? message = null;
        try
        {
            message = Copy(cluster, member, context, requestId, trusted, body);
        }
        catch (Exception exception) when (exception is UriFormatException or FormatException or InvalidOperationException)
        {
            // What cannot be sent was no request that the original's destination got either.
        }

        _ = SendAsync(cluster, member, message, isTrial);
    }

    private HttpRequestMessage Copy(Cluster cluster, Member member, HttpContext context, string requestId, TrustedProxies trusted, byte[]? body)
    {
        var (request, client) = (context.Request, clients.Of(cluster));
        var message = new HttpRequestMessage(new HttpMethod(request.Method), new AttemptUri(member.Destination.AddressPrefix + RequestTarget.OriginForm(context)))
        {
            Version = client.Request.Version!,
            VersionPolicy = client.Request.VersionPolicy!.Value,
            Content = body is null ? null : new ByteArrayContent(body),
        };
        var contentFields = RequestFields.Write(context, message, requestId, trusted);
        message.Content ??= EmptyContent.For(message.Method, contentFields);
        RequestFields.WriteAttempt(message, request, member, attempt: null);
        if (cluster.Options.HttpClient.ProxyProtocol is { } version)
        {
            UpstreamIntroduction.Note(message, context.Connection, version);
        }

        return message;
    }

    private async Task SendAsync(Cluster cluster, Member member, HttpRequestMessage? message, bool isTrial)
    {
        var (started, outcome, status) = (time.MonotonicTicks(), Outcome.BadRequest, 0);
        try
        {
            if (message is not null)
            {
                (outcome, status) = await AskAsync(cluster, message);
            }
        }
        catch (Exception exception)
        {
            outcome = Outcome.Cancelled;
            Log.Defect(logger, exception, cluster.Name);
        }
        finally
        {
            var now = time.MonotonicTicks();
            member.Destination.End(new AttemptResult(outcome, status, RequestHeadSent: true, AnswerComplete: status > 0) { Lasted = now - started, IsTrial = isTrial }, now);
            Interlocked.Decrement(ref _underWay);
            metrics.Mirrored(cluster.Name, member.Name, outcome.Tag());
            message?.Dispose();
        }
    }

    private async Task<(Outcome Outcome, int Status)> AskAsync(Cluster cluster, HttpRequestMessage message)
    {
        using var deadline = new CancellationTokenSource(cluster.Options.HttpRequest.Timeout, time);
        try
        {
            using var answer = await clients.Of(cluster).InvokerAfter(null).SendAsync(message, deadline.Token);
            await answer.Content.CopyToAsync(Stream.Null, deadline.Token);
            return (Outcomes.OfStatus((int)answer.StatusCode), (int)answer.StatusCode);
        }
        catch (Exception) when (deadline.IsCancellationRequested)
        {
            return (Outcome.Timeout, 0);
        }
        catch (Exception exception)
        {
            return (AnswerJudge.Classify(exception, headWasWritten: ((AttemptUri)message.RequestUri!).HeadWasWritten), 0);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "a request could not be mirrored to {Cluster}")]
        public static partial void Defect(ILogger logger, Exception exception, string cluster);
    }
}
