using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoadBalancer.Testing;

/// <summary>A client that sends exactly the bytes it is given, and reads answers to the letter.</summary>
public sealed class RawClient : IDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly CancellationTokenSource _deadline = new(Eventually.Deadline, TimeProvider.System);

    private RawClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        Reader = new HttpReader(_stream);
    }

    /// <summary>Where it is connected from, and to.</summary>
    public (EndPoint From, EndPoint To) Ends => (_socket.LocalEndPoint!, _socket.RemoteEndPoint!);

    /// <summary>Reads what comes back, piece by piece.</summary>
    public HttpReader Reader { get; }

    /// <summary>Ends whatever waits when the test has taken too long.</summary>
    public CancellationToken Deadline => _deadline.Token;

    /// <summary>Connects to <c>http://host:port</c>.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="receiveBuffer">How many bytes, about, the system takes in that were not read yet; null for as many as it likes.</param>
    public static async Task<RawClient> ConnectAsync(string url, int? receiveBuffer = null)
    {
        var uri = new Uri(url);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size)
        {
            socket.ReceiveBufferSize = size;
        }

        await socket.ConnectAsync(IPAddress.Loopback, uri.Port).InTime();
        return new RawClient(socket);
    }

    /// <summary>Sends text, every character one byte.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes, Deadline);

    /// <summary>Sends no more, and goes on reading.</summary>
    public void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Reads the head of an answer.</summary>
    public async Task<RawAnswer> ReadHeadAsync()
    {
        var lines = await Reader.ReadHeadAsync(Deadline) ?? throw new EndOfStreamException("The connection was closed before an answer.");
        return new RawAnswer(lines[0], [.. lines.Skip(1)]);
    }

    /// <summary>Reads an answer whole.</summary>
    /// <param name="toHead">Whether it answers HEAD, and so has no body whatever its head says.</param>
    /// <exception cref="EndOfStreamException">The connection was closed before the end of the answer.</exception>
    public async Task<RawAnswer> ReadAnswerAsync(bool toHead = false)
    {
        var answer = await ReadHeadAsync();
        if (toHead || answer.Status is (>= 100 and < 200) or 204 or 304)
        {
            return answer;
        }

        if (answer.Header("Transfer-Encoding") == "chunked")
        {
            var body = new MemoryStream();
            while (await Reader.ReadChunkAsync(Deadline) is { Length: > 0 } chunk)
            {
                body.Write(chunk);
            }

            return answer with { Body = body.ToArray(), Trailers = await Reader.ReadTrailersAsync(Deadline) };
        }

        return answer.Header("Content-Length") is { } length
            ? answer with { Body = await Reader.ReadExactlyAsync(long.Parse(length, CultureInfo.InvariantCulture), Deadline) }
            : answer with { Body = await Reader.ReadToEndAsync(Deadline) };
    }

    /// <summary>Reads this many bytes as text.</summary>
    public async Task<string> ReadTextAsync(int count) => Encoding.Latin1.GetString(await Reader.ReadExactlyAsync(count, Deadline));

    /// <summary>Reads a chunk as text.</summary>
    public async Task<string> ReadChunkAsync() => Encoding.Latin1.GetString(await Reader.ReadChunkAsync(Deadline));

    /// <summary>Sends a request and reads its answer whole.</summary>
    public async Task<RawAnswer> AskAsync(string request)
    {
        await SendAsync(request);
        return await ReadAnswerAsync(toHead: request.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <summary>Waits until the other side closes, whether cleanly or with a reset.</summary>
    /// <returns>The bytes that came before.</returns>
    public async Task<int> WaitForCloseAsync()
    {
        try
        {
            return (await Reader.ReadToEndAsync(Deadline)).Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Leaves without a word: the other side sees a reset.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _stream.Dispose();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _stream.Dispose();
        _deadline.Dispose();
    }
}

/// <summary>An answer as it came.</summary>
/// <param name="StatusLine">The first line.</param>
/// <param name="HeaderLines">The header lines in order, each <c>Name: value</c>.</param>
public sealed record RawAnswer(string StatusLine, IReadOnlyList<string> HeaderLines)
{
    /// <summary>The body, without its framing.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>The lines after a chunked body.</summary>
    public IReadOnlyList<string> Trailers { get; init; } = [];

    /// <summary>The status code.</summary>
    public int Status => int.Parse(StatusLine.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The value of the only header line of this name, or null when there is none.</summary>
    public string? Header(string name) => Headers(name).SingleOrDefault();

    /// <summary>The values of the header lines of this name, in order.</summary>
    public IEnumerable<string> Headers(string name) => Values(HeaderLines, name);

    internal static IEnumerable<string> Values(IEnumerable<string> lines, string name) => lines
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim());
}
