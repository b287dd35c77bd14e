namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The body of a request, which is kept on its way to the destination for the copy of the request; as much of it as is kept for a repetition.</summary>
/// <param name="body">The body.</param>
internal sealed class MirroredBody(Stream body) : ReadOnlyStream
{
    private readonly MemoryStream _copy = new();
    private bool _isTooLong;

    /// <summary>Whether all of it went by, and is kept.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>What is kept.</summary>
    public byte[] Copy => _copy.ToArray();

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(buffer, cancellationToken);
        if (read == 0)
        {
            // Who asks with an empty buffer only waits for bytes.
            IsWhole |= !buffer.IsEmpty && !_isTooLong;
        }
        else if (_copy.Length + read > PumpedBody.Limit)
        {
            _isTooLong = true;
            _copy.SetLength(0);
        }
        else if (!_isTooLong)
        {
            _copy.Write(buffer.Span[..read]);
        }

        return read;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        _copy.Dispose();
        base.Dispose(disposing);
    }
}
