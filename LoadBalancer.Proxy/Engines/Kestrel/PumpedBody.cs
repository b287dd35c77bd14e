using System.Buffers;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// A body that may be sent more than once. One reader takes it from the client, whatever becomes of the attempts, and remembers its beginning;
/// each attempt reads from there. Once an attempt has read past what is remembered, the body streams on and cannot be sent again.
/// </summary>
/// <remarks>
/// A read of a body that is under way cannot be given up and taken up again: the web server would find that it is being read already.
/// So attempts wait for the reader, and it is only their waiting that ends with them.
/// </remarks>
/// <param name="content">What the forwarder reads it with.</param>
/// <param name="moved">Is called for each piece that the client has sent, and for the end.</param>
internal sealed partial class PumpedBody(HttpContent content, Action moved) : RequestBody
{
    /// <summary>How much is remembered, in bytes.</summary>
    public const int Limit = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ending = new();

    private PumpedContent? _current;
    private Task? _reading;
    private byte[] _memory = [];
    private int _remembered;
    private bool _forgot;
    private bool _isBound;

    // The piece that does not fit into the memory; its reader waits until an attempt has taken it.
    private ReadOnlyMemory<byte> _piece;
    private TaskCompletionSource? _taken;
    private TaskCompletionSource? _more;
    private volatile bool _ended;
    private bool _isDisposed;

    /// <inheritdoc />
    public override bool CanReplay => !_forgot && Fault is null;

    /// <inheritdoc />
    public override bool IsWhole => _ended && CanReplay;

    /// <inheritdoc />
    public override bool IsWaitingForClient => _more is not null;

    /// <inheritdoc />
    public override HttpContent NextContent()
    {
        lock (_lock)
        {
            return _current = new PumpedContent(this, content);
        }
    }

    /// <inheritdoc />
    public override HttpContent CopyContent() => new PumpedContent(this, content) { IsCopy = true };

    /// <inheritdoc />
    public override void Bind()
    {
        bool isWanted;
        lock (_lock)
        {
            _isBound = true;
            isWanted = _current is not { HasStopped: true };
        }

        EndUnless(isWanted);
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _current = null;
        }

        _ending.Cancel();
        if (_reading is { } reading)
        {
            await reading;
        }

        lock (_lock)
        {
            Forget();
        }

        _ending.Dispose();
    }

    private async ValueTask<int> ReadAsync(PumpedContent reader, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (TryRead_NeedsLock(reader, buffer.Span) is { } read)
                {
                    return read;
                }

                if (_reading is null)
                {
                    // It may have the first piece already when it returns.
                    _reading = PumpAsync();
                    continue;
                }

                more = (_more ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    private int? TryRead_NeedsLock(PumpedContent reader, Span<byte> buffer)
    {
        if (reader != _current && (!reader.IsCopy || _isDisposed))
        {
            throw new IOException("Another attempt sends the body now.");
        }

        if (reader.Position < _remembered)
        {
            var again = Math.Min(buffer.Length, _remembered - reader.Position);
            _memory.AsSpan(reader.Position, again).CopyTo(buffer);
            reader.Position += again;
            return again;
        }

        if (!_piece.IsEmpty)
        {
            Forget();
            var read = Math.Min(buffer.Length, _piece.Length);
            _piece.Span[..read].CopyTo(buffer);
            _piece = _piece[read..];
            if (_piece.IsEmpty)
            {
                _taken!.SetResult();
            }

            return read;
        }

        return Fault is { } fault ? throw new IOException("The body could not be read from the client.", fault) : _ended ? 0 : null;
    }

    private async Task PumpAsync()
    {
        Exception? fault = null;
        try
        {
            await content.CopyToAsync(new PumpStream(this), null, _ending.Token);
        }
        catch (Exception exception)
        {
            fault = exception;
        }

        lock (_lock)
        {
            Fault = fault;
            _ended = true;
            WakeReader_NeedsLock();
        }

        moved();
    }

    private async ValueTask TakeAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Task taken;
        lock (_lock)
        {
            if (TryRemember_NeedsLock(bytes.Span))
            {
                taken = Task.CompletedTask;
            }
            else
            {
                _piece = bytes;
                _taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                taken = _taken.Task;
            }

            WakeReader_NeedsLock();
        }

        moved();
        try
        {
            await taken.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                // Its memory goes back to where it came from.
                _piece = default;
            }
        }
    }

    private bool TryRemember_NeedsLock(ReadOnlySpan<byte> bytes)
    {
        if (_forgot || _remembered + bytes.Length > Limit)
        {
            return false;
        }

        if (_remembered + bytes.Length > _memory.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Min(Limit, Math.Max(4096, (_remembered + bytes.Length) * 2)));
            _memory.AsSpan(0, _remembered).CopyTo(larger);
            ReturnMemory();
            _memory = larger;
        }

        bytes.CopyTo(_memory.AsSpan(_remembered));
        _remembered += bytes.Length;
        return true;
    }

    private void WakeReader_NeedsLock()
    {
        _more?.SetResult();
        _more = null;
    }

    private void Forget()
    {
        _forgot = true;
        ReturnMemory();
        _memory = [];
    }

    private void ReturnMemory()
    {
        if (_memory.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_memory);
        }
    }

    private void OnStopped(PumpedContent reader)
    {
        bool isWanted;
        lock (_lock)
        {
            reader.HasStopped = true;
            isWanted = !_isBound || reader != _current;
        }

        EndUnless(isWanted);
    }

    // Once the destination has answered and does not want the rest, the forwarder must not wait for the client to send it.
    private void EndUnless(bool isWanted)
    {
        if (!isWanted)
        {
            _ending.Cancel();
        }
    }
}
