namespace LoadBalancer.Testing;

/// <summary>Ways in which a destination behaves, from exemplary to hostile.</summary>
public static class Behave
{
    /// <summary>Reads the request whole, and answers 200 with this body.</summary>
    public static Behaviour Ok(string body) => Answer(200, body);

    /// <summary>Reads the request whole, and answers with this status, body and further header lines.</summary>
    public static Behaviour Answer(int status, string body, params string[] headers) => async exchange =>
    {
        await exchange.Request.ReadBodyAsync(exchange.Stopping);
        var lines = string.Concat(headers.Select(header => header + "\r\n"));
        var content = exchange.Request.Method == "HEAD" ? "" : body;
        await exchange.SendAsync($"HTTP/1.1 {status} Status\r\nContent-Length: {body.Length}\r\n{lines}\r\n{content}");
    };

    /// <summary>Reads the request whole, and sends exactly these bytes.</summary>
    public static Behaviour Raw(string bytes) => async exchange =>
    {
        await exchange.Request.ReadBodyAsync(exchange.Stopping);
        await exchange.SendAsync(bytes);
    };

    /// <summary>Sends these bytes, and closes the connection cleanly.</summary>
    public static Behaviour RawThenClose(string bytes) => async exchange =>
    {
        await exchange.Request.ReadBodyAsync(exchange.Stopping);
        await exchange.SendAsync(bytes);
        exchange.Stream.Dispose();
    };

    /// <summary>Sends these bytes, and resets the connection once the other side has had the chance to read them.</summary>
    public static Behaviour RawThenReset(string bytes, Task when) => async exchange =>
    {
        await exchange.SendAsync(bytes);
        await when.WaitAsync(exchange.Stopping);
        exchange.Reset();
    };

    /// <summary>Never answers.</summary>
    public static Behaviour Hang() => exchange => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, exchange.Stopping);

    /// <summary>Resets the connection when it has read the request.</summary>
    public static Behaviour Reset() => async exchange =>
    {
        await exchange.Request.ReadBodyAsync(exchange.Stopping);
        exchange.Reset();
    };

    /// <summary>Closes the connection without an answer when it has read the request.</summary>
    public static Behaviour Close() => RawThenClose("");

    /// <summary>Takes its time, then goes on.</summary>
    public static Behaviour Late(TimeSpan by, Behaviour then) => async exchange =>
    {
        await Task.Delay(by, TimeProvider.System, exchange.Stopping);
        await then(exchange);
    };

    /// <summary>Waits for the event, then goes on.</summary>
    public static Behaviour After(Task when, Behaviour then) => async exchange =>
    {
        await when.WaitAsync(exchange.Stopping);
        await then(exchange);
    };
}
