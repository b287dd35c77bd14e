using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Follows the event stream of a load balancer and shows its destinations in the dashboard. The host's own health checks ask every half a minute; this is at once.</summary>
internal sealed class DestinationFeed : BackgroundService
{
    // The proxy sends something every second.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    // The proxy is on this machine, whatever HTTP_PROXY says of the way out.
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly EndpointReference _admin;
    private readonly TimeProvider _time;
    private readonly DestinationBoard _board;

    public DestinationFeed(
        IResource proxy, EndpointReference admin, TimeProvider time, ResourceNotificationService notifications, ResourceLoggerService loggers, DistributedApplicationModel model)
    {
        _admin = admin;
        _time = time;
        _board = new DestinationBoard(proxy, () => $"{admin.Url}/api/clusters", SetStateAsync, notifications, loggers, model, time);
    }

    public override void Dispose()
    {
        _client.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wait = FirstWait;
        while (!stoppingToken.IsCancellationRequested)
        {
            string reason;
            try
            {
                if (_admin.IsAllocated)
                {
                    await FollowAsync(() => wait = FirstWait, stoppingToken);
                }

                reason = "the proxy ended its event stream";
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidDataException or OperationCanceledException)
            {
                reason = $"no event stream of the proxy: {exception.Message}";
            }

            if (!stoppingToken.IsCancellationRequested)
            {
                await _board.LoseAsync(reason);
                await Task.Delay(wait, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                wait = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, LongestWait.Ticks));
            }
        }
    }

    private async Task FollowAsync(Action heard, CancellationToken stoppingToken)
    {
        using var silence = new CancellationTokenSource(LongestSilence, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, stoppingToken);
        using var response = await _client.GetAsync(new Uri($"{_admin.Url}/api/events"), HttpCompletionOption.ResponseHeadersRead, either.Token);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
        await foreach (var read in ProxyEvents.ReadAsync(stream, either.Token))
        {
            silence.CancelAfter(LongestSilence);
            heard();
            await _board.ShowAsync(read);
        }
    }

    private async Task<ExecuteCommandResult> SetStateAsync(string cluster, string destination, string state, CancellationToken cancellationToken)
    {
        try
        {
            var address = new Uri($"{_admin.Url}/api/clusters/{Uri.EscapeDataString(cluster)}/destinations/{Uri.EscapeDataString(destination)}");
            using var content = JsonContent.Create(new { state });
            using var response = await _client.PatchAsync(address, content, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return CommandResults.Success();
            }

            var problem = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            return CommandResults.Failure(problem.TryGetProperty("detail", out var detail) ? detail.GetString() : $"The proxy answered {(int)response.StatusCode}.");
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException)
        {
            return CommandResults.Failure($"The proxy did not do it: {exception.Message}");
        }
    }
}
