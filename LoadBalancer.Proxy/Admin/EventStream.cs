using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LoadBalancer.Proxy.Admin;

/// <summary>An answer that is a stream of server-sent events (WHATWG HTML, 9.2). A client that does not read it is cut off.</summary>
internal sealed class EventStream : IDisposable
{
    // So much waits in memory at most, and one event.
    private const int FullAt = 64 * 1024;

    // An event ends with its line.
    private static readonly JsonWriterOptions OneLine = new() { Indented = false };

    private readonly HttpResponse _response;
    private readonly TimeSpan _writeTimeout;
    private readonly CancellationTokenSource _stuck;
    private readonly ArrayBufferWriter<byte> _events = new();

    /// <param name="context">The call; its answer has not begun.</param>
    /// <param name="writeTimeout">How long the client may leave the connection full before it is cut off.</param>
    /// <param name="time">The clock of it.</param>
    public EventStream(HttpContext context, TimeSpan writeTimeout, TimeProvider time)
    {
        (_response, _writeTimeout, _stuck) = (context.Response, writeTimeout, new CancellationTokenSource(Timeout.InfiniteTimeSpan, time));
        _stuck.Token.Register(context.Abort);

        _response.ContentType = "text/event-stream";
        _response.Headers.CacheControl = "no-store";

        // nginx would hold the events back.
        _response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Whether it is time to send.</summary>
    public bool IsFull => _events.WrittenCount >= FullAt;

    /// <summary>Says with the next event how long the client shall wait before it connects again.</summary>
    public void AddRetry(TimeSpan after) => Add(string.Create(CultureInfo.InvariantCulture, $"retry: {after.TotalMilliseconds:0}\n"));

    /// <summary>Adds an event.</summary>
    public void Add<T>(string name, long id, T data, JsonTypeInfo<T> type)
    {
        Add(string.Create(CultureInfo.InvariantCulture, $"event: {name}\nid: {id}\ndata: "));
        using (var json = new Utf8JsonWriter(_events, OneLine))
        {
            JsonSerializer.Serialize(json, data, type);
        }

        Add("\n\n");
    }

    /// <summary>Sends what was added.</summary>
    /// <exception cref="OperationCanceledException">The client is gone or was cut off, or the stream is to end.</exception>
    public async Task SendAsync(CancellationToken ending)
    {
        ending.ThrowIfCancellationRequested();
        _stuck.CancelAfter(_writeTimeout);

        try
        {
            await _response.Body.WriteAsync(_events.WrittenMemory, ending);
        }
        catch (OperationCanceledException)
        {
            // What is stuck cannot be ended in an orderly way. The server cuts the connection off by itself, but not for a write that is called off as it begins.
            _response.HttpContext.Abort();
            throw;
        }

        _stuck.CancelAfter(Timeout.InfiniteTimeSpan);
        _events.ResetWrittenCount();
    }

    /// <inheritdoc />
    public void Dispose() => _stuck.Dispose();

    private void Add(string text) => Encoding.UTF8.GetBytes(text, _events);
}
