using LoadBalancer.Compare.Load;

namespace LoadBalancer.Compare.Tests.Load;

public sealed class WebSocketFramesTests
{
    // RFC 6455, section 5.7: a masked and an unmasked "Hello", as binary messages.
    private static readonly byte[] FromClient = [0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    private static readonly byte[] FromServer = [0x82, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];

    [Fact]
    public void A_message_of_a_client_is_masked() => Assert.Equal(FromClient, WebSocketFrames.FromClient("Hello"u8, [0x37, 0xfa, 0x21, 0x3d]));

    [Fact]
    public void A_message_that_is_too_long_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrames.FromClient(new byte[126], new byte[4]));

    [Fact]
    public void Each_whole_frame_is_answered_wherever_what_came_ends() => Assert.All(Enumerable.Range(0, (2 * FromClient.Length) + 1), length =>
    {
        byte[] received = [.. FromClient, .. FromClient];
        var answers = new byte[received.Length];

        var (taken, toSend) = WebSocketFrames.Echo(received.AsSpan(0, length), answers);

        var whole = length / FromClient.Length;
        Assert.Equal(whole * FromClient.Length, taken);
        Assert.Equal(Enumerable.Repeat(FromServer, whole).SelectMany(frame => frame), answers.Take(toSend));
    });

    [Theory]
    [InlineData(0x05)]
    [InlineData(0xfe)]
    public void What_is_no_short_frame_of_a_client_is_refused(byte length) => Assert.Throws<FormatException>(() => WebSocketFrames.Echo([0x82, length], new byte[2]));
}
