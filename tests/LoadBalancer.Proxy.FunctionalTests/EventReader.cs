using System.Net.ServerSentEvents;
using System.Text.Json;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A client of <c>/api/events</c>.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private readonly CancellationTokenSource _deadline = new(Eventually.Deadline, TimeProvider.System);
    private readonly IAsyncEnumerator<SseItem<string>> _events;

    private EventReader(HttpResponseMessage answer, Stream body)
    {
        Answer = answer;
        _events = SseParser.Create(body).EnumerateAsync(_deadline.Token).GetAsyncEnumerator(_deadline.Token);
    }

    /// <summary>The head of the answer.</summary>
    public HttpResponseMessage Answer { get; }

    public static async Task<EventReader> OpenAsync(ProxyHost proxy)
    {
        var answer = await proxy.Admin.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead);
        return new EventReader(answer, await answer.Content.ReadAsStreamAsync());
    }

    /// <summary>Opens it, and reads the state.</summary>
    public static async Task<EventReader> OpenAfterStateAsync(ProxyHost proxy)
    {
        var reader = await OpenAsync(proxy);
        Assert.Equal("state", (await reader.NextAsync()).Name);
        return reader;
    }

    /// <summary>The next event.</summary>
    public async Task<Event> NextAsync() => await _events.MoveNextAsync()
        ? new Event(_events.Current.EventType, _events.Current.EventId, _events.Current.ReconnectionInterval, JsonDocument.Parse(_events.Current.Data).RootElement)
        : throw new EndOfStreamException("The stream ended.");

    /// <summary>The next event that is not of the counters, which come whenever a second has passed.</summary>
    public async Task<Event> NextChangeAsync()
    {
        while (true)
        {
            if (await NextAsync() is { Name: not "counters" } next)
            {
                return next;
            }
        }
    }

    /// <summary>Waits until the stream ends.</summary>
    /// <returns>Whether it ended as it should, and did not break off.</returns>
    public async Task<bool> WaitForEndAsync()
    {
        try
        {
            while (await _events.MoveNextAsync())
            {
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        Answer.Dispose();
        _deadline.Dispose();
    }
}

/// <summary>An event as it came.</summary>
internal sealed record Event(string Name, string? Id, TimeSpan? Retry, JsonElement Data)
{
    public long Sequence => Data.GetProperty("sequence").GetInt64();

    public JsonElement Destination => Data.GetProperty("destination");

    /// <summary>A change as one line: <c>web health a</c>.</summary>
    public string Change => $"{Text("cluster")} {Text("change")} {Destination.GetProperty("name").GetString()}";

    public string? Text(string property) => Data.GetProperty(property).GetString();
}
