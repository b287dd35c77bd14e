using System.Net.Sockets;
using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class SubmissionRingTests : IDisposable
{
    private const int BadDescriptor = 9;
    private const int WouldBlock = 11;

    private readonly SubmissionRing? _ring;
    private readonly Socket _one;
    private readonly Socket _other;
    private readonly byte[] _memory = GC.AllocateArray<byte>(SubmissionRing.Size * 16, pinned: true);

    public SubmissionRingTests()
    {
        _ring = OperatingSystem.IsLinux() ? SubmissionRing.TryCreate(out _) : null;
        (_one, _other) = ConnectedSockets.Create();
    }

    private SubmissionRing Ring
    {
        get
        {
            Assert.SkipWhen(_ring is null, "The system lets this process have no io_uring.");
            return _ring;
        }
    }

    public void Dispose()
    {
        _ring?.Dispose();
        _one.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void Results_are_in_the_order_of_the_operations_whatever_becomes_of_each()
    {
        var ring = Ring;
        "hello"u8.CopyTo(_memory);

        ring.AddSend(Handle(_one), _memory.AsSpan(0, 5));
        ring.AddSend(-1, _memory.AsSpan(0, 5));
        ring.AddReceive(Handle(_one), _memory.AsSpan(16, 16));
        Assert.Equal([5, -BadDescriptor, -WouldBlock], ring.Submit().ToArray());

        WaitFor(5);
        ring.AddReceive(Handle(_other), _memory.AsSpan(32, 3));
        ring.AddReceive(Handle(_other), _memory.AsSpan(48, 16));
        Assert.Equal([3, 2], ring.Submit().ToArray());
        Assert.Equal("hel"u8, _memory.AsSpan(32, 3));
        Assert.Equal("lo"u8, _memory.AsSpan(48, 2));
        Assert.Equal((5, 2), (ring.Operations, ring.Calls));
    }

    [Fact]
    public void It_is_used_again_and_again()
    {
        var ring = Ring;
        for (var round = 0; round < 100; round++)
        {
            for (var index = 0; index < SubmissionRing.Size; index++)
            {
                _memory[index] = (byte)(round + index);
                ring.AddSend(Handle(_one), _memory.AsSpan(index, 1));
            }

            Assert.All(ring.Submit().ToArray(), sent => Assert.Equal(1, sent));
            WaitFor(SubmissionRing.Size);
            ring.AddReceive(Handle(_other), _memory.AsSpan(SubmissionRing.Size, SubmissionRing.Size));
            Assert.Equal(SubmissionRing.Size, ring.Submit()[0]);
            Assert.Equal(_memory.AsSpan(0, SubmissionRing.Size), _memory.AsSpan(SubmissionRing.Size, SubmissionRing.Size));
        }
    }

    [Fact]
    public void What_was_added_before_is_not_done_again()
    {
        var ring = Ring;
        ring.AddSend(Handle(_one), _memory.AsSpan(0, 1));
        ring.Submit();

        WaitFor(1);
        ring.AddReceive(Handle(_other), _memory.AsSpan(0, 16));
        ring.AddReceive(Handle(_other), _memory.AsSpan(0, 16));

        Assert.Equal([1, -WouldBlock], ring.Submit().ToArray());
    }

    [Fact]
    public void Of_a_connection_that_the_other_end_has_closed_the_end_is_received()
    {
        var ring = Ring;
        _one.Close();
        Assert.True(_other.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead));

        ring.AddReceive(Handle(_other), _memory.AsSpan(0, 16));

        Assert.Equal(0, ring.Submit()[0]);
    }

    [Fact]
    public void To_dispose_it_twice_is_no_fault()
    {
        var ring = Ring;
        ring.Dispose();
        ring.Dispose();
    }

    // What was sent need not be there at once.
    private void WaitFor(int bytes) => Assert.True(SpinWait.SpinUntil(() => _other.Available == bytes, TimeSpan.FromSeconds(10)));

    private static int Handle(Socket socket) => (int)socket.Handle;
}
