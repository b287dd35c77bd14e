using System.Text;
using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class OutputBufferTests
{
    private readonly OutputBuffer _output = new();

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(4096)]
    public void A_short_body_goes_behind_its_head(int length)
    {
        var body = new string('b', length);
        _output.Write("head\r\n\r\n"u8);

        Assert.True(_output.TryAppend(Encoding.ASCII.GetBytes(body)));

        Assert.Equal("head\r\n\r\n" + body, Encoding.ASCII.GetString(_output.Written));
    }

    [Fact]
    public void A_longer_one_is_left_as_a_piece_of_its_own()
    {
        _output.Write("head\r\n\r\n"u8);

        Assert.False(_output.TryAppend(new byte[4097]));

        Assert.Equal("head\r\n\r\n", Encoding.ASCII.GetString(_output.Written));
    }

    [Fact]
    public void Without_a_head_nothing_is_copied()
    {
        Assert.False(_output.TryAppend("body"u8));

        Assert.True(_output.Written.IsEmpty);
    }

    [Fact]
    public void What_stays_is_there_until_it_is_released_however_much_is_written_behind_it()
    {
        _output.Write("one"u8);
        var one = _output.Stay();
        _output.Clear();
        _output.Write("two"u8);
        var two = _output.Stay();
        _output.Clear();
        _output.Write(new byte[100_000]);

        Assert.Equal("one", Encoding.ASCII.GetString(_output.At(one)));
        Assert.Equal("two", Encoding.ASCII.GetString(_output.At(two)));
        Assert.Equal((6, 100_000), (_output.Staying, _output.Length));

        _output.Release();
        _output.Write("three"u8);

        Assert.Equal("three", Encoding.ASCII.GetString(_output.Written));
        Assert.Equal(0, _output.Staying);
    }
}
