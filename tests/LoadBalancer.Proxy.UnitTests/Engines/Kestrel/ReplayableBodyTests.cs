using LoadBalancer.Proxy.Engines.Kestrel;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class ReplayableBodyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(20_000)]
    [InlineData(ReplayableBody.Limit)]
    public async Task It_reads_the_same_twice(int length)
    {
        var sent = Bytes(length);
        using var body = new ReplayableBody(new MemoryStream(sent));

        var first = await ReadAsync(body, int.MaxValue);
        body.Rewind();
        var second = await ReadAsync(body, int.MaxValue);

        Assert.True(body.CanRewind);
        Assert.Equal(sent, first);
        Assert.Equal(sent, second);
    }

    [Fact]
    public async Task It_goes_on_reading_where_the_first_attempt_broke_off()
    {
        var sent = Bytes(10_000);
        using var body = new ReplayableBody(new MemoryStream(sent));
        await ReadAsync(body, 3_000);

        body.Rewind();

        Assert.Equal(sent, await ReadAsync(body, int.MaxValue));
    }

    [Fact]
    public async Task It_can_be_rewound_in_the_middle_of_a_replay()
    {
        var sent = Bytes(10_000);
        using var body = new ReplayableBody(new MemoryStream(sent));
        await ReadAsync(body, 3_000);
        body.Rewind();
        await ReadAsync(body, 1_000);

        body.Rewind();

        Assert.Equal(sent, await ReadAsync(body, int.MaxValue));
    }

    [Fact]
    public async Task What_was_not_read_yet_is_not_read_by_a_replay()
    {
        var inner = new MemoryStream(Bytes(10_000));
        using var body = new ReplayableBody(inner);
        await ReadAsync(body, 3_000);

        body.Rewind();
        await ReadAsync(body, 3_000);

        Assert.Equal(3_000, inner.Position);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task A_body_past_the_limit_streams_on_and_cannot_be_sent_again(int more)
    {
        var sent = Bytes(ReplayableBody.Limit + more);
        using var body = new ReplayableBody(new MemoryStream(sent));

        Assert.Equal(sent, await ReadAsync(body, int.MaxValue));
        Assert.False(body.CanRewind);
    }

    [Fact]
    public async Task A_replay_that_passes_the_limit_streams_on_too()
    {
        var sent = Bytes(ReplayableBody.Limit + 1);
        using var body = new ReplayableBody(new MemoryStream(sent));
        await ReadAsync(body, 1_000);
        body.Rewind();

        Assert.Equal(sent, await ReadAsync(body, int.MaxValue));
        Assert.False(body.CanRewind);
    }

    [Fact]
    public void Before_the_first_byte_it_can_be_sent_again()
    {
        using var body = new ReplayableBody(new MemoryStream(Bytes(10)));

        Assert.True(body.CanRewind);
    }

    [Fact]
    public async Task The_bodys_end_does_not_end_the_request_it_reads_from()
    {
        var inner = new MemoryStream(Bytes(10));
        var body = new ReplayableBody(inner);
        await ReadAsync(body, 5);

        await body.DisposeAsync();

        Assert.True(inner.CanRead);
    }

    [Fact]
    public async Task After_its_end_it_cannot_be_sent_again()
    {
        var body = new ReplayableBody(new MemoryStream(Bytes(10)));
        await ReadAsync(body, 5);

        await body.DisposeAsync();

        Assert.False(body.CanRewind);
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    // In odd pieces, so that reads end where the memory does not.
    private static async Task<byte[]> ReadAsync(Stream body, int most)
    {
        var (read, piece) = (new MemoryStream(), new byte[997]);
        while (read.Length < most && await body.ReadAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, most - read.Length))) is > 0 and var count)
        {
            read.Write(piece, 0, count);
        }

        return read.ToArray();
    }
}
