using System.Collections.Concurrent;

namespace LoadBalancer.Samples.Tests.Containers;

/// <summary>Clients that ask one request after the other, and note what was not answered with 200.</summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly ConcurrentQueue<string> _lost = new();
    private readonly Task _run;
    private int _served;

    /// <summary>Begins.</summary>
    /// <param name="url">What is asked for.</param>
    /// <param name="clients">By how many.</param>
    public SteadyLoad(Uri url, int clients = 4) => _run = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => AskAsync(url)));

    /// <summary>Ends, and tells how many were answered, and what came of the others.</summary>
    public async Task<(int Served, string[] Lost)> EndAsync()
    {
        await _stopping.CancelAsync();
        await _run;
        return (_served, [.. _lost]);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _client.Dispose();
        _stopping.Dispose();
    }

    private async Task AskAsync(Uri url)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                using var answer = await _client.GetAsync(url, CancellationToken.None);
                if (answer.IsSuccessStatusCode)
                {
                    Interlocked.Increment(ref _served);
                }
                else
                {
                    _lost.Enqueue($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException)
            {
                _lost.Enqueue(exception.Message);
            }

            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }
}
