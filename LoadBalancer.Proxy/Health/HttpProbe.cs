using System.Text;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Health;

/// <summary>A probe that asks for a path, and judges the answer by its status and its body.</summary>
internal static class HttpProbe
{
    /// <summary>What a probe calls itself.</summary>
    public const string UserAgent = "LoadBalancer-HealthCheck";

    /// <summary>How much of a body is looked at, in bytes.</summary>
    public const int MostOfBody = 64 * 1024;

    /// <summary>Asks once.</summary>
    /// <param name="address">Where.</param>
    /// <param name="host">The <c>Host</c> to send, or null for that of the address.</param>
    /// <param name="options">How.</param>
    /// <param name="wire">The way there.</param>
    public static async Task<ProbeResult> AskAsync(Uri address, string? host, ClusterOptions options, HttpMessageInvoker wire, CancellationToken cancellationToken)
    {
        var active = options.HealthCheck.Active;
        using var request = CreateRequest(address, host, options);
        using var response = await wire.SendAsync(request, cancellationToken);
        var status = (int)response.StatusCode;
        var reason = $"status code: {status}";
        if (!active.Statuses.Contains(status) || active.Body is not { } wanted)
        {
            return new ProbeResult(active.Statuses.Contains(status), reason);
        }

        var body = await ReadAsync(response.Content, cancellationToken);
        return body.Span.IndexOf(Encoding.UTF8.GetBytes(wanted)) >= 0 ? new ProbeResult(true, reason) : new ProbeResult(false, $"{reason}, without '{wanted}' in the body");
    }

    private static HttpRequestMessage CreateRequest(Uri address, string? host, ClusterOptions options)
    {
        var active = options.HealthCheck.Active;
        var request = new HttpRequestMessage(new HttpMethod(active.Method), DestinationAddress.KeyOf(address) + active.Path + active.Query)
        {
            Version = active.Version ?? options.HttpRequest.Version,
            VersionPolicy = active.VersionPolicy ?? options.HttpRequest.VersionPolicy,
        };
        request.Headers.Host = host ?? DestinationAddress.HostOf(address);
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        foreach (var (name, value) in active.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var body = new byte[MostOfBody];
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        return body.AsMemory(0, length);
    }
}
