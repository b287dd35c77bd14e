using System.Net;

namespace LoadBalancer.Compare;

/// <summary>Takes telemetry over OTLP, and forgets it.</summary>
internal sealed class TelemetrySink : IDisposable
{
    private readonly HttpListener _listener = new();
    private int _metrics;

    /// <param name="port">Where to listen, on the loopback address.</param>
    public TelemetrySink(int port)
    {
        Address = new Uri($"http://127.0.0.1:{port}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    /// <summary>Where to send telemetry.</summary>
    public Uri Address { get; }

    /// <summary>How often metrics have arrived.</summary>
    public int Metrics => Volatile.Read(ref _metrics);

    /// <inheritdoc />
    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                await AnswerAsync(await _listener.GetContextAsync());
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or IOException)
            {
                // Closed, or a sender left in the middle.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        await context.Request.InputStream.CopyToAsync(Stream.Null);
        if (context.Request.Url?.AbsolutePath == "/v1/metrics")
        {
            Interlocked.Increment(ref _metrics);
        }

        // An empty message of protobuf: everything was accepted.
        context.Response.ContentType = "application/x-protobuf";
        context.Response.Close();
    }
}
