using System.Buffers;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// A request body that remembers what was read of it, so that a further attempt can send it again.
/// It remembers a limited beginning only: a body that has gone past it streams on, and cannot be sent again.
/// </summary>
internal sealed class ReplayableBody(Stream body) : ReadOnlyStream
{
    /// <summary>How much is remembered, in bytes.</summary>
    public const int Limit = 64 * 1024;

    private byte[] _memory = [];
    private int _remembered;
    private int _position;
    private bool _forgot;

    /// <summary>Whether everything read so far can be read again.</summary>
    public bool CanRewind => !_forgot;

    /// <summary>Begins again at the first byte.</summary>
    public void Rewind() => _position = 0;

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position < _remembered)
        {
            var again = Math.Min(buffer.Length, _remembered - _position);
            _memory.AsMemory(_position, again).CopyTo(buffer);
            _position += again;
            return again;
        }

        var read = await body.ReadAsync(buffer, cancellationToken);
        Remember(buffer.Span[..read]);
        return read;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        Forget();
        base.Dispose(disposing);
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        if (_forgot || bytes.IsEmpty)
        {
            return;
        }

        if (_remembered + bytes.Length > Limit)
        {
            Forget();
            return;
        }

        if (_remembered + bytes.Length > _memory.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Min(Limit, Math.Max(4096, (_remembered + bytes.Length) * 2)));
            _memory.AsSpan(0, _remembered).CopyTo(larger);
            Return();
            _memory = larger;
        }

        bytes.CopyTo(_memory.AsSpan(_remembered));
        _remembered += bytes.Length;
        _position = _remembered;
    }

    private void Forget()
    {
        _forgot = true;
        _remembered = _position = 0;
        Return();
        _memory = [];
    }

    private void Return()
    {
        if (_memory.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_memory);
        }
    }
}
