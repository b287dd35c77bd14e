using System.IO.Pipelines;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Testing;
using Microsoft.AspNetCore.Http;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class PumpedBodyTests : IAsyncDisposable
{
    private readonly Pipe _client = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly PumpedBody _body;
    private int _pieces;

    public PumpedBodyTests() => _body = new PumpedBody(new StreamContent(_client.Reader.AsStream()), () => _pieces++);

    public ValueTask DisposeAsync() => _body.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4_097)]
    [InlineData(PumpedBody.Limit)]
    public async Task Every_attempt_gets_the_whole_body(int length)
    {
        var sent = await SendAsync(length);

        Assert.Equal(sent, await ReadAsync(_body.NextContent()));
        Assert.Equal(sent, await ReadAsync(_body.NextContent()));
        Assert.True(_body.CanReplay);
    }

    [Fact]
    public async Task An_attempt_that_breaks_off_leaves_the_rest_to_the_next()
    {
        var sent = await SendAsync(50_000);

        await Assert.ThrowsAsync<HttpRequestException>(() => _body.NextContent().CopyToAsync(new BreakingStream(after: 20_000)));

        Assert.Equal(sent, await ReadAsync(_body.NextContent()));
    }

    // A read of the client's body cannot be given up and taken up again, so it goes on when the attempt that waits for it is cancelled.
    [Fact]
    public async Task An_attempt_that_is_cancelled_while_the_client_pauses_leaves_the_body_to_the_next()
    {
        await _client.Writer.WriteAsync("first "u8.ToArray());
        using var attempt = new CancellationTokenSource();
        var first = _body.NextContent().CopyToAsync(Stream.Null, attempt.Token);
        await Eventually.HoldsAsync(() => _body.IsWaitingForClient, "the attempt waits for the client");
        await attempt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        var second = ReadAsync(_body.NextContent());
        await _client.Writer.WriteAsync("second"u8.ToArray());
        await _client.Writer.CompleteAsync();

        Assert.Equal("first second"u8.ToArray(), await second);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300_000)]
    public async Task A_body_past_the_limit_streams_on_and_cannot_be_sent_again(int more)
    {
        var sent = await SendAsync(PumpedBody.Limit + more);

        Assert.Equal(sent, await ReadAsync(_body.NextContent()));
        Assert.False(_body.CanReplay);
    }

    [Fact]
    public async Task A_body_past_the_limit_can_be_sent_again_as_long_as_no_attempt_got_past_it()
    {
        var sent = await SendAsync(PumpedBody.Limit + 10_000);
        await Assert.ThrowsAsync<HttpRequestException>(() => _body.NextContent().CopyToAsync(new BreakingStream(after: 20_000)));

        Assert.True(_body.CanReplay);
        Assert.Equal(sent, await ReadAsync(_body.NextContent()));
    }

    [Fact]
    public async Task Before_an_attempt_sends_it_nothing_is_read()
    {
        await _client.Writer.WriteAsync(new byte[10]);

        _ = _body.NextContent();

        Assert.Equal((0, true), (_pieces, _body.CanReplay));
    }

    [Fact]
    public async Task Each_piece_of_the_client_is_told_and_the_end()
    {
        await SendAsync(10);
        await ReadAsync(_body.NextContent());
        await ReadAsync(_body.NextContent());

        Assert.Equal(2, _pieces);
    }

    [Fact]
    public async Task A_copy_has_the_whole_body_while_another_attempt_sends_it()
    {
        var sent = await SendAsync(50_000);
        await ReadAsync(_body.NextContent());
        var first = _body.NextContent();

        Assert.Equal(sent, await ReadAsync(_body.CopyContent()));
        Assert.Equal(sent, await ReadAsync(first));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(PumpedBody.Limit + 1)]
    public async Task A_body_is_whole_when_all_of_it_was_read_and_remembered(int length)
    {
        var before = _body.IsWhole;
        await SendAsync(length);
        await ReadAsync(_body.NextContent());

        Assert.Equal((false, length <= PumpedBody.Limit), (before, _body.IsWhole));
    }

    // Its memory is another request's by then.
    [Fact]
    public async Task A_copy_gets_nothing_when_the_request_has_ended()
    {
        await SendAsync(10);
        await ReadAsync(_body.NextContent());
        var copy = _body.CopyContent();
        await _body.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => copy.CopyToAsync(Stream.Null));
    }

    [Fact]
    public async Task What_the_client_did_wrong_is_known_with_its_status()
    {
        await _client.Writer.CompleteAsync(new BadHttpRequestException("too large", StatusCodes.Status413PayloadTooLarge));

        await Assert.ThrowsAsync<HttpRequestException>(() => _body.NextContent().CopyToAsync(Stream.Null));

        Assert.Equal((StatusCodes.Status413PayloadTooLarge, false), (_body.FaultStatus, _body.CanReplay));
    }

    [Fact]
    public async Task A_former_attempt_gets_nothing_any_more()
    {
        await SendAsync(10);
        var former = _body.NextContent();
        _ = _body.NextContent();

        await Assert.ThrowsAsync<HttpRequestException>(() => former.CopyToAsync(Stream.Null));
    }

    [Fact]
    public async Task Once_the_answer_has_begun_a_destination_that_stops_reading_ends_the_reading()
    {
        await _client.Writer.WriteAsync(new byte[10]);
        using var attempt = new CancellationTokenSource();
        var sending = _body.NextContent().CopyToAsync(Stream.Null, attempt.Token);
        await Eventually.HoldsAsync(() => _body.IsWaitingForClient, "the attempt waits for the client");
        _body.Bind();
        await attempt.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await _body.DisposeAsync().AsTask().InTime();
        Assert.NotNull(_body.Fault);
    }

    private async Task<byte[]> SendAsync(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        await _client.Writer.WriteAsync(bytes);
        await _client.Writer.CompleteAsync();
        return bytes;
    }

    private static async Task<byte[]> ReadAsync(HttpContent content)
    {
        var read = new MemoryStream();
        await content.CopyToAsync(read).InTime();
        return read.ToArray();
    }

    /// <summary>A connection that breaks.</summary>
    private sealed class BreakingStream(int after) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Length + buffer.Length > after ? throw new IOException("Broken.") : base.WriteAsync(buffer, cancellationToken);
    }
}
