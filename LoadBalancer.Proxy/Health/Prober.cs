using System.Runtime.CompilerServices;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Health;

/// <summary>Sends one probe to one destination and says what it found.</summary>
/// <remarks>Probes have connections of their own: those of the requests may all be in use, or worn.</remarks>
/// <param name="createHandler">Makes the wire of probes from how connections to a cluster are made.</param>
/// <param name="connect">Makes a connection.</param>
/// <param name="time">The clock of the timeout.</param>
internal sealed class Prober(Func<HttpClientOptions, HttpMessageHandler> createHandler, ConnectOnce connect, TimeProvider time) : IDisposable
{
    // Does not hold the options: the wire of a cluster that is removed or changed goes with them.
    private readonly ConditionalWeakTable<HttpClientOptions, HttpMessageInvoker> _wires = [];

    /// <summary>Probes.</summary>
    /// <returns>What was found. Whatever went wrong, the destination did not pass.</returns>
    /// <exception cref="OperationCanceledException">The proxy is stopping.</exception>
    public async Task<ProbeResult> ProbeAsync(Member member, ClusterOptions options, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(options.HealthCheck.Active.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            return options.HealthCheck.Active.Kind switch
            {
                ProbeKind.Tcp => await ConnectAsync(member, options, either.Token),
                ProbeKind.Grpc => await GrpcProbe.AskAsync(AddressOf(member, options), member.Definition.ProbeHost, options.HealthCheck.Active, WireOf(options), either.Token),
                _ => await HttpProbe.AskAsync(AddressOf(member, options), member.Definition.ProbeHost, options, WireOf(options), either.Token),
            };
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            throw new OperationCanceledException(stopping);
        }
        catch (Exception) when (timeout.IsCancellationRequested)
        {
            return new ProbeResult(false, "timeout");
        }
        catch (Exception exception)
        {
            return new ProbeResult(false, ProbeFailure.Explain(exception));
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var (_, wire) in _wires)
        {
            wire.Dispose();
        }
    }

    // Whether it takes a connection is asked, not whether it speaks TLS on it.
    private async Task<ProbeResult> ConnectAsync(Member member, ClusterOptions options, CancellationToken cancellationToken)
    {
        var address = AddressOf(member, options);
        await connect(new UriBuilder(Uri.UriSchemeHttp, address.Host, address.Port).Uri, options.HttpClient, cancellationToken);
        return new ProbeResult(true, "connected");
    }

    private HttpMessageInvoker WireOf(ClusterOptions options) =>
        _wires.GetValue(options.HttpClient, wanted => new HttpMessageInvoker(createHandler(wanted), disposeHandler: true));

    private static Uri AddressOf(Member member, ClusterOptions options) =>
        options.HealthCheck.Active.Port is { } port && member.Definition.ProbeAddress is null
            ? new UriBuilder(member.ProbeAddress) { Port = port }.Uri
            : member.ProbeAddress;
}
