using System.Net.Sockets;
using System.Text;

namespace LoadBalancer.Compare.Load;

/// <summary>A connection to a destination of <see cref="EchoDestination"/>.</summary>
/// <param name="socket">It does not block.</param>
/// <param name="port">Where it came.</param>
internal sealed class EchoConnection(Socket socket, int port)
{
    private readonly byte[] _received = new byte[16 * 1024];
    private readonly byte[] _answers = new byte[16 * 1024];
    private int _length;
    private After _after;

    /// <summary>Takes what can be read, and answers it.</summary>
    /// <returns>Whether it goes on; else it is closed.</returns>
    public bool OnReadable()
    {
        var read = socket.Receive(_received.AsSpan(_length), SocketFlags.None, out var error);
        if (error is SocketError.WouldBlock or SocketError.Interrupted)
        {
            return true;
        }

        _length += read;
        if (error != SocketError.Success || read == 0 || !Serve())
        {
            socket.Dispose();
            return false;
        }

        return true;
    }

    private bool Serve()
    {
        int end;
        while (_after == After.Next && (end = _received.AsSpan(0, _length).IndexOf("\r\n\r\n"u8)) >= 0)
        {
            (var answer, _after) = EchoDestination.Answer(Encoding.ASCII.GetString(_received, 0, end), port);
            Drop(end + 4);
            if (!Send(Encoding.ASCII.GetBytes(answer)))
            {
                return false;
            }
        }

        return _after switch
        {
            After.Next => _length < _received.Length,
            After.Echo => Echo(),
            _ => false,
        };
    }

    private bool Echo()
    {
        try
        {
            var (taken, toSend) = WebSocketFrames.Echo(_received.AsSpan(0, _length), _answers);
            Drop(taken);
            return toSend == 0 || Send(_answers.AsSpan(0, toSend));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    // Who does not take some hundred bytes at once has left.
    private bool Send(ReadOnlySpan<byte> bytes) => socket.Send(bytes, SocketFlags.None, out var error) == bytes.Length && error == SocketError.Success;

    private void Drop(int count)
    {
        _length -= count;
        _received.AsSpan(count, _length).CopyTo(_received);
    }
}
