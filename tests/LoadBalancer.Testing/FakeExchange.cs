using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LoadBalancer.Testing;

/// <summary>What a destination does with one request.</summary>
public delegate Task Behaviour(FakeExchange exchange);

/// <summary>A request as a destination got it.</summary>
/// <param name="Head">The request line and the header lines.</param>
/// <param name="Connection">The number of the connection it came on, from 1.</param>
/// <param name="Reader">Reads the body.</param>
public sealed record FakeRequest(IReadOnlyList<string> Head, int Connection, HttpReader Reader)
{
    private byte[]? _body;

    /// <summary>The header of the PROXY protocol that its connection began with, as <see cref="StrictProxyHeader"/> tells it; null where the destination reads none.</summary>
    public string? ProxyHeader { get; init; }

    /// <summary>The method.</summary>
    public string Method => Head[0].Split(' ')[0];

    /// <summary>The target, as it came.</summary>
    public string Target => Head[0].Split(' ') is [_, var target, ..] ? target : throw new InvalidDataException($"'{Head[0]}' is no request line.");

    /// <summary>The body, once it has been read.</summary>
    public string Body => Encoding.Latin1.GetString(_body ?? []);

    /// <summary>Whether the body has been read to its end.</summary>
    public bool IsBodyRead => _body is not null;

    /// <summary>The value of the only header line of this name, or null when there is none.</summary>
    public string? Header(string name) => Headers(name).SingleOrDefault();

    /// <summary>The values of the header lines of this name, in order.</summary>
    public IEnumerable<string> Headers(string name) => RawAnswer.Values(Head.Skip(1), name);

    /// <summary>Reads the body to its end, once.</summary>
    public async Task<byte[]> ReadBodyAsync(CancellationToken cancellationToken)
    {
        if (_body is not null)
        {
            return _body;
        }

        if (Header("Transfer-Encoding") == "chunked")
        {
            var body = new MemoryStream();
            while (await Reader.ReadChunkAsync(cancellationToken) is { Length: > 0 } chunk)
            {
                body.Write(chunk);
            }

            await Reader.ReadTrailersAsync(cancellationToken);
            return _body = body.ToArray();
        }

        var length = Header("Content-Length") is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : 0;
        return _body = await Reader.ReadExactlyAsync(length, cancellationToken);
    }
}

/// <summary>A request and the connection to answer it on.</summary>
/// <param name="Request">The request; its body has not been read.</param>
/// <param name="Socket">The connection.</param>
/// <param name="Stream">The connection, as a stream.</param>
/// <param name="Stopping">Ends waits when the destination is stopped.</param>
public sealed record FakeExchange(FakeRequest Request, Socket Socket, Stream Stream, CancellationToken Stopping)
{
    /// <summary>Sends text, every character one byte.</summary>
    public async Task SendAsync(string text) => await Stream.WriteAsync(Encoding.Latin1.GetBytes(text), Stopping);

    /// <summary>Waits until the other side closes the connection, whether cleanly or with a reset. What it sends before is thrown away.</summary>
    public async Task WaitForCloseAsync()
    {
        try
        {
            var thrownAway = new byte[64 * 1024];
            while (await Stream.ReadAsync(thrownAway, Stopping) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset.
        }
    }

    /// <summary>Reads this many bytes of the request as text.</summary>
    public async Task<string> ReadTextAsync(int count) => Encoding.Latin1.GetString(await Request.Reader.ReadExactlyAsync(count, Stopping));

    /// <summary>Reads a chunk of the request as text.</summary>
    public async Task<string> ReadChunkAsync() => Encoding.Latin1.GetString(await Request.Reader.ReadChunkAsync(Stopping));

    /// <summary>Ends the connection with a reset.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Dispose();
    }
}
