using System.Buffers.Binary;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class Http2FrameCounterTests
{
    private const byte Data = 0, Headers = 1, Priority = 2, Reset = 3, Settings = 4, Ping = 6, WindowUpdate = 8, Continuation = 9, Unknown = 200;

    public static TheoryData<byte, int> Cheap => new()
    {
        { Settings, (int)Http2CheapFrame.Settings },
        { Ping, (int)Http2CheapFrame.Ping },
        { Data, (int)Http2CheapFrame.EmptyData },
        { Continuation, (int)Http2CheapFrame.Continuation },
        { Reset, (int)Http2CheapFrame.Reset },
        { Priority, (int)Http2CheapFrame.Other },
        { Unknown, (int)Http2CheapFrame.Other },
    };

    [Theory]
    [MemberData(nameof(Cheap))]
    public void As_many_as_the_budget_has_are_let_through_and_no_more(byte type, int kind)
    {
        var (counter, budget) = (Begun(), Http2FrameCounter.BudgetOf((Http2CheapFrame)kind));

        for (var frame = 0; frame < budget; frame++)
        {
            Assert.Equal(Http2CheapFrame.None, counter.Take(Frame(type), 0));
        }

        Assert.Equal((Http2CheapFrame)kind, counter.Take(Frame(type), Http2FrameCounter.Window - 1));
    }

    [Theory]
    [MemberData(nameof(Cheap))]
    public void A_new_window_has_its_own_budget(byte type, int kind)
    {
        var (counter, budget) = (Begun(), Http2FrameCounter.BudgetOf((Http2CheapFrame)kind));

        for (var window = 0L; window < 3; window++)
        {
            for (var frame = 0; frame < budget; frame++)
            {
                Assert.Equal(Http2CheapFrame.None, counter.Take(Frame(type), window * Http2FrameCounter.Window));
            }
        }
    }

    [Theory]
    [InlineData(Data, 0, 1)]
    [InlineData(Data, 5, 0)]
    [InlineData(Headers, 5, 4)]
    [InlineData(WindowUpdate, 4, 0)]
    public void Frames_that_do_something_are_not_counted(byte type, int length, byte flags)
    {
        var counter = Begun();

        for (var frame = 0; frame < 100_000; frame++)
        {
            Assert.Equal(Http2CheapFrame.None, counter.Take(Frame(type, length, flags), 0));
        }
    }

    [Fact]
    public void The_same_frames_are_seen_in_whatever_pieces_they_come()
    {
        var random = new Random(11);
        var bytes = new List<byte>(new byte[24]);
        for (var frame = 0; frame <= Http2FrameCounter.BudgetOf(Http2CheapFrame.Settings); frame++)
        {
            bytes.AddRange(Frame(Data, random.Next(100)));
            bytes.AddRange(Frame(Settings, 6 * random.Next(3)));
        }

        var all = bytes.ToArray();
        for (var round = 0; round < 200; round++)
        {
            var (counter, seen, at) = (new Http2FrameCounter(), Http2CheapFrame.None, 0);
            while (at < all.Length && seen == Http2CheapFrame.None)
            {
                var length = Math.Min(random.Next(1, 40), all.Length - at);
                seen = counter.Take(all.AsSpan(at, length), 0);
                at += length;
            }

            // The last head is what is one too many.
            Assert.Equal((Http2CheapFrame.Settings, true), (seen, all.Length - at <= 40 + 12));
        }
    }

    private static Http2FrameCounter Begun()
    {
        var counter = new Http2FrameCounter();
        counter.Take("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0);
        return counter;
    }

    private static byte[] Frame(byte type, int length = 0, byte flags = 0)
    {
        var frame = new byte[9 + length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, ((uint)length << 8) | type);
        frame[4] = flags;
        return frame;
    }
}
