using System.Net;

namespace LoadBalancer.Soak.Load;

/// <summary>Clients that ask one after the other, each for itself, until they are stopped.</summary>
internal sealed class Clients : IAsyncDisposable
{
    /// <summary>How many there are.</summary>
    public const int Count = 64;

    // Every so many requests one has a body.
    private const int Put = 8;
    private static readonly byte[] Body = new byte[200];

    private readonly HttpClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly long _from = TimeProvider.System.GetTimestamp();
    private readonly Task<List<Sample>>[] _clients;

    /// <summary>Starts them.</summary>
    public Clients(Uri address)
    {
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = address };
        _clients = [.. Enumerable.Range(0, Count).Select(_ => Task.Run(AskAsync))];
    }

    /// <summary>The time since they were started.</summary>
    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_from);

    /// <summary>Lets each end its request, and gives what became of all.</summary>
    public async Task<Tally> StopAsync()
    {
        await _stop.CancelAsync();
        return new Tally([.. (await Task.WhenAll(_clients)).SelectMany(samples => samples)]);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task<List<Sample>> AskAsync()
    {
        var samples = new List<Sample>();
        while (!_stop.IsCancellationRequested)
        {
            samples.Add(await AskAsync(samples.Count % Put == 0));
        }

        return samples;
    }

    private async Task<Sample> AskAsync(bool isPut)
    {
        var from = Elapsed;
        HttpResponseMessage? answer = null;
        try
        {
            using var request = new HttpRequestMessage(isPut ? HttpMethod.Put : HttpMethod.Get, "/") { Content = isPut ? new ByteArrayContent(Body) : null };
            answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await answer.Content.ReadAsByteArrayAsync();
            var destination = answer.Headers.TryGetValues("X-Destination", out var names) ? names.First() : null;
            return new Sample(from, Elapsed - from, answer.StatusCode == HttpStatusCode.OK ? Ending.Answered : Ending.Status, (int)answer.StatusCode, destination);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException)
        {
            return new Sample(from, Elapsed - from, answer is null ? Ending.BrokenBefore : Ending.BrokenAfter, (int?)answer?.StatusCode ?? 0, null);
        }
        finally
        {
            answer?.Dispose();
        }
    }
}
