using System.Net.Sockets;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Sends one attempt of a request to one destination.</summary>
/// <param name="forwarder">The wire.</param>
/// <param name="time">The clock of the timeouts.</param>
/// <param name="random">Makes request ids.</param>
/// <param name="stopping">Is cancelled when the proxy begins to stop.</param>
internal sealed class AttemptSender(IHttpForwarder forwarder, TimeProvider time, Random random, CancellationToken stopping)
{
    /// <summary>The request's id: the one the client sent, where it may be kept, or a new one.</summary>
    public string CreateRequestId(HttpRequest request)
    {
        var sent = request.Headers[RequestId.Header];
        return sent.Count == 1 && RequestId.IsAcceptable(sent[0]) ? sent[0]! : RequestId.Create(random);
    }

    /// <summary>Sends the attempt, and the answer on to the client as it comes.</summary>
    public async ValueTask<Outcome> SendAsync(Exchange exchange, Member destination)
    {
        var context = exchange.Context;
        if (destination.Destination.HasPath && TargetPath.Climbs(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget))
        {
            exchange.Refusal = Refusal.ClimbingPath;
            return Outcome.BadRequest;
        }

        var client = ClientOf(exchange.Cluster!);
        if (exchange.LastOutcome is null && exchange.IsIdempotent && HasBody(context))
        {
            exchange.MakeBodyReplayable();
        }

        // An upgrade to anything else is not offered to the destination, which then answers as if it had not been asked (RFC 9110, 7.8).
        if (!exchange.IsTunnel)
        {
            context.Request.Headers.Upgrade = default;
        }

        var head = new RequestHead();
        var headTimeout = exchange.IsTunnel ? exchange.Cluster!.Options.HttpRequest.ActivityTimeout : (TimeSpan?)null;
        var error = await forwarder.SendAsync(
            context,
            destination.Destination.AddressPrefix,
            client.InvokerAfter(exchange.LastOutcome),
            exchange.IsTunnel ? client.Tunnel : client.Request,
            new HeaderTransformer(exchange, destination, head, headTimeout, time, stopping));

        var exception = error == ForwarderError.None ? null : context.Features.Get<IForwarderErrorFeature>()?.Exception;
        var outcome = OutcomeClassifier.Classify(error, exception, context.Response.StatusCode, HasLeft(context, error));

        // The connection that could not be made was then a second one, after the first had closed without an answer.
        return outcome.IsNothingSent() && head.WasWritten ? Outcome.Reset : outcome;
    }

    private UpstreamClient ClientOf(Cluster cluster)
    {
        var client = cluster.EngineState as UpstreamClient;
        if (client is null || !ReferenceEquals(client.Options, cluster.Options))
        {
            // After a reload several requests may come here at once. Each makes a client; the one that is made last stays, and the others end with their requests.
            client = UpstreamClient.Create(cluster.Options, client, time);
            cluster.EngineState = client;
        }

        return client;
    }

    private static bool HasLeft(HttpContext context, ForwarderError error) =>
        context.RequestAborted.IsCancellationRequested || (error == ForwarderError.RequestBodyClient && IsClosed(context.Features.Get<IConnectionSocketFeature>()?.Socket));

    // Who reads the body learns of the connection's end a moment before the web server says so. The socket knows already.
    private static bool IsClosed(Socket? socket)
    {
        try
        {
            return socket is not null && socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            return true;
        }
    }

    private static bool HasBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };
}
