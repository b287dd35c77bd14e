using System.Net;
using System.Net.Sockets;
using System.Text;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Load;

/// <summary>Connections to a proxy that have each made one request, and are kept. Disposing resets them, so that no port waits for late packets.</summary>
/// <param name="url">What is asked for.</param>
/// <param name="answerLength">How long the body of the answer is.</param>
internal sealed class IdleClients(Uri url, int answerLength) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly List<Socket> _sockets = [];
    private readonly byte[] _request = Encoding.ASCII.GetBytes($"GET {url.AbsolutePath} HTTP/1.1\r\nHost: {url.Authority}\r\n\r\n");
    private readonly byte[] _answer = new byte[16 * 1024];

    /// <summary>Opens one after the other until there are so many.</summary>
    /// <exception cref="CompareException">One is refused, or gets no answer.</exception>
    public async Task GrowAsync(int count, CancellationToken cancellationToken)
    {
        while (_sockets.Count < count)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(Limit);
            try
            {
                await OpenAsync(deadline.Token);
            }
            catch (Exception exception) when (exception is SocketException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                throw new CompareException($"connection {_sockets.Count} of {count} got no answer: {exception.Message}");
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _sockets.ForEach(socket =>
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    });

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        await socket.ConnectAsync(IPAddress.Parse(url.Host), url.Port, cancellationToken);
        await socket.SendAsync(_request, cancellationToken);
        for (var length = 0; !IsWhole(_answer.AsSpan(0, length));)
        {
            var read = await socket.ReceiveAsync(_answer.AsMemory(length), cancellationToken);
            length += read > 0 ? read : throw new IOException("it was closed");
        }
    }

    private bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head >= 0 && !answer.StartsWith("HTTP/1.1 200 "u8))
        {
            throw new IOException($"it was answered by {Encoding.ASCII.GetString(answer[..answer.IndexOf((byte)'\r')])}");
        }

        return head >= 0 && answer.Length >= head + 4 + answerLength;
    }
}
