using System.Net.Sockets;
using System.Text;
using LoadBalancer.Proxy.Engines.EventLoop;
using Microsoft.Extensions.Logging.Abstractions;
using Loop = LoadBalancer.Proxy.Engines.EventLoop.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

/// <summary>What a connection makes of what the system says of a piece that was queued.</summary>
public sealed class QueuedOutputTests : IDisposable
{
    private const int WouldBlock = 11;
    private const int BrokenPipe = 32;
    private const int Reset = 104;

    private readonly Loop? _loop;
    private readonly Socket _socket;
    private readonly Socket _peer;

    public QueuedOutputTests()
    {
        _loop = OperatingSystem.IsLinux() ? new Loop("test", TimeProvider.System, NullLogger.Instance, ring: null) : null;
        (_peer, _socket) = ConnectedSockets.Create();
        _socket.Blocking = false;
    }

    private TestConnection Connection
    {
        get
        {
            Assert.SkipWhen(_loop is null, "There are no event loops here.");
            return new TestConnection(_loop) { Descriptor = (int)_socket.Handle };
        }
    }

    public void Dispose()
    {
        _loop?.Dispose();
        _socket.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public void All_of_it_has_gone()
    {
        var connection = Connection;

        connection.OnQueueTried("hello"u8, 5);

        Assert.Equal(["queue sent"], connection.Told);
        Assert.Equal(0, connection.Unsent);
    }

    [Theory]
    [InlineData(2, "llo")]
    [InlineData(-WouldBlock, "hello")]
    [InlineData(SubmissionRing.NotTried, "hello")]
    public void What_the_system_has_not_taken_is_sent_then(int sent, string rest)
    {
        var connection = Connection;

        connection.OnQueueTried("hello"u8, sent);

        Assert.Equal(["All, lost: False"], connection.Told);
        Assert.Equal(rest, Read(rest.Length));
    }

    [Fact]
    public void It_goes_before_what_came_behind_it()
    {
        var connection = Connection;
        var much = new byte[32 * 1024 * 1024];
        Assert.Equal(Sent.Some, connection.Send(much));
        var taken = much.Length - connection.Unsent;

        connection.OnQueueTried("hello"u8, 2);

        Assert.Equal(["Some, lost: False"], connection.Told);
        var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (all.Length < much.Length + 3)
        {
            all.Write(buffer, 0, _peer.Receive(buffer));
            Assert.NotEqual(Sent.Broken, connection.Flush());
        }

        Assert.Equal("\0llo\0", Encoding.ASCII.GetString(all.ToArray().AsSpan(taken - 1, 5)));
    }

    [Theory]
    [InlineData(-BrokenPipe, true)]
    [InlineData(-Reset, true)]
    [InlineData(2, false)]
    public void Of_a_connection_that_is_broken_it_is_told_whether_nothing_was_sent(int sent, bool isLost)
    {
        var connection = Connection;
        _socket.Shutdown(SocketShutdown.Send);

        connection.OnQueueTried("hello"u8, sent);

        Assert.Equal([$"Broken, lost: {isLost}"], connection.Told);
        Assert.True(connection.IsBroken);
        Assert.Equal(0, connection.Unsent);
    }

    private string Read(int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            read += _peer.Receive(bytes, read, count - read, SocketFlags.None);
        }

        return Encoding.ASCII.GetString(bytes);
    }

    private sealed class TestConnection(Loop loop) : Connection(loop)
    {
        public List<string> Told { get; } = [];

        protected override bool AwaitsHead => false;

        public override void OnEvents(int events)
        {
        }

        public override void OnTimer()
        {
        }

        public override void Abort()
        {
        }

        protected override void OnQueueSent() => Told.Add("queue sent");

        protected override void OnFlushed(Sent sent, bool isLost) => Told.Add($"{sent}, lost: {isLost}");
    }
}
