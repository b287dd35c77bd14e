using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LoadBalancer.EmbeddedHost.Running;

/// <summary>Asks the health checks of running resources, often enough that nobody has to wait for the answer.</summary>
internal sealed class ResourceHealthPoller(HealthCheckService checks, ResourcePublisher publisher, TimeProvider time)
{
    private static readonly TimeSpan WhenHealthy = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WhenNot = TimeSpan.FromMilliseconds(250);

    /// <summary>Asks until cancelled.</summary>
    public async Task PollAsync(IResource resource, CancellationToken cancellationToken)
    {
        var keys = resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key).ToHashSet();
        if (keys.Count == 0)
        {
            return;
        }

        try
        {
            while (true)
            {
                var report = await checks.CheckHealthAsync(registration => keys.Contains(registration.Name), cancellationToken);
                // A result that comes in while the resource is being stopped would bring its old health back.
                cancellationToken.ThrowIfCancellationRequested();
                Publish(resource, keys, report);
                await Task.Delay(report.Status == HealthStatus.Healthy ? WhenHealthy : WhenNot, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The resource is stopping.
        }
    }

    private void Publish(IResource resource, HashSet<string> keys, HealthReport report)
    {
        var now = time.GetUtcNow().UtcDateTime;
        publisher.Publish(resource, before => before.State?.Text != KnownResourceStates.Running ? before : before with
        {
            HealthReports = [.. keys.Select(key => report.Entries.TryGetValue(key, out var entry)
                ? new HealthReportSnapshot(key, entry.Status, entry.Description ?? entry.Exception?.Message, entry.Exception?.ToString()) { LastRunAt = now }
                : new HealthReportSnapshot(key, null, "No health check is registered under this name.", null))],
        });
    }
}

/// <summary>Healthy is who answers with the expected status within two seconds.</summary>
internal sealed class EndpointHealthCheck(EndpointReference endpoint, string path, int expectedStatus, IHttpClientFactory clients) : IHealthCheck
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var client = clients.CreateLocalClient();
        client.Timeout = Timeout;
        try
        {
            using var response = await client.GetAsync(new Uri(new Uri(endpoint.Url), path), cancellationToken);
            return (int)response.StatusCode == expectedStatus
                ? HealthCheckResult.Healthy($"status code {expectedStatus}")
                : HealthCheckResult.Unhealthy($"status code {(int)response.StatusCode}, expected {expectedStatus}");
        }
        catch (HttpRequestException exception)
        {
            return HealthCheckResult.Unhealthy(
                exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "connection refused" : exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy("no answer within 2 s");
        }
    }
}
