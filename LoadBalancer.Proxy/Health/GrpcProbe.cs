using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Health;

/// <summary>A probe by the gRPC health checking protocol (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).</summary>
internal static class GrpcProbe
{
    /// <summary>Asks once.</summary>
    /// <param name="address">Where.</param>
    /// <param name="host">The authority to ask for, or null for that of the address.</param>
    /// <param name="options">How.</param>
    /// <param name="wire">The way there.</param>
    public static async Task<ProbeResult> AskAsync(Uri address, string? host, ActiveHealthCheckOptions options, HttpMessageInvoker wire, CancellationToken cancellationToken)
    {
        using var way = new Way(wire, host ?? DestinationAddress.HostOf(address));
        using var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = way, MaxRetryAttempts = null, ThrowOperationCanceledOnCancellation = true });
        try
        {
            var answer = await new Grpc.Health.V1.Health.HealthClient(channel)
                .CheckAsync(new HealthCheckRequest { Service = options.Service ?? "" }, Headers(options), cancellationToken: cancellationToken);
            return new ProbeResult(answer.Status == HealthCheckResponse.Types.ServingStatus.Serving, $"gRPC health: {Words(answer.Status)}");
        }
        catch (RpcException exception)
        {
            // What the server itself says has no cause on this side.
            return new ProbeResult(false, exception.Status.DebugException is { } cause ? ProbeFailure.Explain(cause) : $"gRPC status: {exception.StatusCode}");
        }
    }

    private static Metadata Headers(ActiveHealthCheckOptions options)
    {
        var headers = new Metadata { { "user-agent", HttpProbe.UserAgent } };
        foreach (var (name, value) in options.Headers)
        {
            headers.Add(name, value);
        }

        return headers;
    }

    private static string Words(HealthCheckResponse.Types.ServingStatus status) => status switch
    {
        HealthCheckResponse.Types.ServingStatus.Serving => "serving",
        HealthCheckResponse.Types.ServingStatus.NotServing => "not serving",
        HealthCheckResponse.Types.ServingStatus.ServiceUnknown => "unknown service",
        _ => "unknown",
    };

    // The wire outlives the channel, which would dispose of its handler.
    private sealed class Way(HttpMessageInvoker wire, string? host) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Host ??= host;
            return wire.SendAsync(request, cancellationToken);
        }
    }
}
