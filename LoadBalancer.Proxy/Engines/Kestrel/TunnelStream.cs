using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>A WebSocket of a destination as the forwarder reads and writes it. It can be ended between two frames, with a close frame that says that the destination goes away.</summary>
/// <param name="stream">What goes to the destination and comes from it.</param>
/// <param name="destination">The destination.</param>
/// <param name="passed">Is told how many bytes come from it.</param>
/// <param name="ended">Is told that it has ended.</param>
internal sealed class TunnelStream(Stream stream, Destination destination, Action<int> passed, Action<TunnelStream> ended) : NonBlockingStream
{
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _cut = new();

    private FrameTracker _frames;
    private byte[]? _rest;
    private CancellationToken _reader;
    private CancellationTokenSource? _untilCut;
    private CancellationTokenSource? _untilClosing;
    private int _isDisposed;

    /// <summary>Where it leads.</summary>
    public Destination Destination => destination;

    /// <summary>Since when it is to be closed, in monotonic ticks; null when it is not.</summary>
    public long? ClosingSince { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>Has it closed as soon as a frame has ended. Harmless when it is being closed already.</summary>
    public void BeginClose(long now)
    {
        if (!_closing.IsCancellationRequested)
        {
            ClosingSince = now;
            _closing.Cancel();
        }
    }

    /// <summary>Ends it wherever it is.</summary>
    public void Cut() => _cut.Cancel();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (_cut.IsCancellationRequested || _rest is [])
            {
                return 0;
            }

            if (_rest is not null || (_closing.IsCancellationRequested && _frames is { IsBetweenFrames: true, HasClosed: false }))
            {
                return SayGoodbye(buffer.Span);
            }

            try
            {
                // Also with an empty buffer: so the forwarder waits for bytes before it rents memory for them.
                var read = await stream.ReadAsync(buffer, TokenOf(cancellationToken));
                read = _frames.Take(buffer.Span[..read], _closing.IsCancellationRequested && !_frames.IsBetweenFrames);
                passed(read);
                return read;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
            }
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => stream.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

    public override void Flush() => stream.Flush();

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            ended(this);
            _untilClosing?.Dispose();
            _untilCut?.Dispose();
            stream.Dispose();
        }

        base.Dispose(disposing);
    }

    // In the middle of a frame, only the cut ends the waiting. The forwarder reads with one token from the first byte to the last.
    private CancellationToken TokenOf(CancellationToken reader)
    {
        if (_untilCut is null || reader != _reader)
        {
            _untilClosing?.Dispose();
            _untilCut?.Dispose();
            _reader = reader;
            _untilCut = CancellationTokenSource.CreateLinkedTokenSource(reader, _cut.Token);
            _untilClosing = CancellationTokenSource.CreateLinkedTokenSource(_untilCut.Token, _closing.Token);
        }

        return _frames.IsBetweenFrames && !_frames.HasClosed ? _untilClosing!.Token : _untilCut.Token;
    }

    private int SayGoodbye(Span<byte> buffer)
    {
        _rest ??= TunnelEnd.GoingAway;
        var some = Math.Min(buffer.Length, _rest.Length);
        _rest.AsSpan(0, some).CopyTo(buffer);
        _rest = _rest[some..];
        return some;
    }
}
