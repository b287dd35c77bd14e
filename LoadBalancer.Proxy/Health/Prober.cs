using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Health;

/// <summary>Sends one probe to one destination and says what it found.</summary>
/// <remarks>Probes have connections of their own: those of the requests may all be in use, or worn.</remarks>
/// <param name="createHandler">Makes the wire of probes from how connections to a cluster are made.</param>
/// <param name="time">The clock of the timeout.</param>
internal sealed class Prober(Func<HttpClientOptions, HttpMessageHandler> createHandler, TimeProvider time) : IDisposable
{
    // Does not hold the options: the wire of a cluster that is removed or changed goes with them.
    private readonly ConditionalWeakTable<HttpClientOptions, HttpMessageInvoker> _wires = [];

    /// <summary>Probes.</summary>
    /// <exception cref="OperationCanceledException">The proxy is stopping.</exception>
    public async Task<ProbeResult> ProbeAsync(Member member, ClusterOptions options, CancellationToken stopping)
    {
        var active = options.HealthCheck.Active;
        using var timeout = new CancellationTokenSource(active.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            using var request = CreateRequest(member, options);
            var wire = _wires.GetValue(options.HttpClient, wanted => new HttpMessageInvoker(createHandler(wanted), disposeHandler: true));
            using var response = await wire.SendAsync(request, either.Token);
            var status = (int)response.StatusCode;
            return new ProbeResult(active.Statuses.Contains(status), $"status code: {status}");
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            throw new OperationCanceledException(stopping);
        }
        catch (OperationCanceledException)
        {
            return new ProbeResult(false, "timeout");
        }
        catch (HttpRequestException exception)
        {
            return new ProbeResult(false, Explain(exception));
        }
        catch (Exception exception)
        {
            // Whatever else went wrong, the destination did not pass, and the loop goes on.
            return new ProbeResult(false, exception.Message);
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

    private static HttpRequestMessage CreateRequest(Member member, ClusterOptions options)
    {
        var active = options.HealthCheck.Active;
        var address = DestinationAddress.KeyOf(member.ProbeAddress) + active.Path + active.Query;
        var request = new HttpRequestMessage(HttpMethod.Get, address)
        {
            Version = active.Version ?? options.HttpRequest.Version,
            VersionPolicy = active.VersionPolicy ?? options.HttpRequest.VersionPolicy,
        };
        request.Headers.Host = member.Host;
        request.Headers.TryAddWithoutValidation("User-Agent", "LoadBalancer-HealthCheck");
        return request;
    }

    // The cause is deepest: a broken connection comes as a request that failed by an I/O that failed by a socket.
    private static string Explain(HttpRequestException exception) => (exception.HttpRequestError, exception.GetBaseException()) switch
    {
        _ when Within<AuthenticationException>(exception) is { } refused => refused.Message,
        (HttpRequestError.SecureConnectionError, _) => "TLS handshake failed",
        (_, SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }) => "unknown host",
        (_, SocketException socket) => Words(socket.SocketErrorCode.ToString()),
        (HttpRequestError.NameResolutionError, _) => "unknown host",
        (HttpRequestError.ResponseEnded, _) => "connection closed",
        (HttpRequestError.InvalidResponse, _) => "invalid answer",
        (HttpRequestError.Unknown, var cause) => cause.Message,
        var (error, _) => Words(error.ToString()),
    };

    private static T? Within<T>(Exception exception) where T : Exception
    {
        var cause = exception;
        while (cause is not (null or T))
        {
            cause = cause.InnerException;
        }

        return cause as T;
    }

    // HostUnreachable -> host unreachable
    private static string Words(string name) =>
        string.Concat(name.Select((letter, i) => char.IsUpper(letter) ? (i == 0 ? "" : " ") + char.ToLowerInvariant(letter) : letter.ToString()));
}
