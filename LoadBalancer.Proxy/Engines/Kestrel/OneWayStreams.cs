namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>A stream that is only read, from the first byte to the last, without blocking.</summary>
internal abstract class ReadOnlyStream : NonBlockingStream
{
    public sealed override bool CanRead => true;

    public sealed override bool CanWrite => false;

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);
}

/// <summary>A stream that is only written, without blocking.</summary>
internal abstract class WriteOnlyStream : NonBlockingStream
{
    public sealed override bool CanRead => false;

    public sealed override bool CanWrite => true;

    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    public abstract override Task FlushAsync(CancellationToken cancellationToken);
}
