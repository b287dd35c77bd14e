using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>A client of HTTP/2 in plain text that sends the frames that it is given.</summary>
internal sealed class RawHttp2Client : IAsyncDisposable
{
    // POST / over http to "x", in the words of HPACK's static table.
    private static readonly byte[] Post = [0x83, 0x86, 0x84, 0x01, 1, (byte)'x'];

    private static readonly byte[] Get = [0x82, .. Post[1..]];

    private readonly CancellationTokenSource _deadline = new(Eventually.Deadline, TimeProvider.System);
    private readonly Http2FrameConnection _frames;

    private RawHttp2Client(Socket socket) => _frames = new Http2FrameConnection(socket, _deadline.Token);

    /// <summary>Connects, and sends what every connection begins with.</summary>
    public static async Task<RawHttp2Client> ConnectAsync(string url)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(url).Port).InTime();
        await socket.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        var client = new RawHttp2Client(socket);
        await client.SendAsync(Http2Frame.Settings);
        return client;
    }

    public Task SendAsync(byte type, byte flags = 0, int stream = 0, byte[]? payload = null) => _frames.SendAsync(type, flags, stream, payload ?? []);

    /// <summary>Begins a request that does not end.</summary>
    public Task BeginPostAsync(int stream, bool isHeadWhole = true) => SendAsync(Http2Frame.Headers, isHeadWhole ? Http2Frame.EndHeaders : (byte)0, stream, Post);

    /// <summary>Sends a request without a body, and takes it back in the same piece.</summary>
    public Task ResetAsync(int stream) => _frames.SendAsync(
        new Http2Frame(Http2Frame.Headers, Http2Frame.EndHeaders | Http2Frame.EndStream, stream, Get), new Http2Frame(Http2Frame.Reset, 0, stream, [0, 0, 0, 8]));

    /// <summary>Waits for a frame.</summary>
    public async Task<Http2Frame> WaitForAsync(Predicate<Http2Frame> wanted)
    {
        while (true)
        {
            var frame = await _frames.ReadFrameAsync() ?? throw new EndOfStreamException("The connection was closed.");
            if (wanted(frame))
            {
                return frame;
            }
        }
    }

    /// <summary>Waits until the connection is ended.</summary>
    /// <returns>Why: the code of the GOAWAY.</returns>
    public async Task<int> WaitForGoAwayAsync() => BinaryPrimitives.ReadInt32BigEndian((await WaitForAsync(frame => frame.Type == Http2Frame.GoAway)).Payload.AsSpan(4));

    public async ValueTask DisposeAsync()
    {
        await _frames.DisposeAsync();
        _deadline.Dispose();
    }
}
