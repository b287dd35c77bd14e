namespace LoadBalancer.Proxy.Telemetry;

/// <summary>Lines on their way to the one thread that writes them. Whoever adds one waits for nothing but the copying of another's.</summary>
/// <param name="most">How many bytes may be in it.</param>
internal sealed class LineQueue(int most) : IDisposable
{
    private const int ChunkSize = 64 * 1024;
    private const int MostSpare = 16;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _spare = new();
    private readonly AutoResetEvent _wake = new(false);
    private List<Chunk> _chunks = [];
    private int _queued;
    private long _dropped;
    private bool _isTold;
    private bool _isUrgent;
    private bool _isClosed;

    /// <summary>Adds a line, with its end. One that there is no room for is dropped and counted.</summary>
    /// <returns>False when the queue is closed.</returns>
    public bool TryAdd(ReadOnlySpan<byte> line)
    {
        bool wakes;
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            if (line.Length > most - _queued)
            {
                _dropped++;
            }
            else
            {
                Append_NeedsLock(line);
            }

            wakes = !_isTold || (!_isUrgent && _queued > most / 2);
            _isUrgent |= _isTold && wakes;
            _isTold = true;
        }

        if (wakes)
        {
            _wake.Set();
        }

        return true;
    }

    /// <summary>Waits until there is something to write, or it is closed; and then a while for more, unless that is urgent.</summary>
    public void Wait(TimeSpan gather)
    {
        _wake.WaitOne();
        if (!Volatile.Read(ref _isClosed))
        {
            _wake.WaitOne(gather);
        }
    }

    /// <summary>Takes what there is. When it is written, <see cref="Return"/> makes room for more.</summary>
    /// <param name="dropped">How many lines were dropped since the last call.</param>
    /// <param name="isClosed">Whether nothing comes after this.</param>
    public IReadOnlyList<Chunk> Take(out long dropped, out bool isClosed)
    {
        lock (_lock)
        {
            var taken = _chunks;
            (_chunks, dropped, isClosed) = ([], _dropped, _isClosed);
            (_dropped, _isTold, _isUrgent) = (0, false, false);
            return taken;
        }
    }

    /// <summary>Takes back what was taken.</summary>
    public void Return(IReadOnlyList<Chunk> taken)
    {
        lock (_lock)
        {
            foreach (var chunk in taken)
            {
                _queued -= chunk.Length;
                if (chunk.Bytes.Length == ChunkSize && _spare.Count < MostSpare)
                {
                    _spare.Push(chunk.Bytes);
                }
            }
        }
    }

    /// <summary>Takes no more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            Volatile.Write(ref _isClosed, true);
        }

        _wake.Set();
    }

    /// <inheritdoc />
    public void Dispose() => _wake.Dispose();

    private void Append_NeedsLock(ReadOnlySpan<byte> line)
    {
        if (_chunks is not [.., var last] || last.Bytes.Length - last.Length < line.Length)
        {
            last = new Chunk(line.Length > ChunkSize ? new byte[line.Length] : _spare.TryPop(out var spare) ? spare : new byte[ChunkSize]);
            _chunks.Add(last);
        }

        line.CopyTo(last.Bytes.AsSpan(last.Length));
        last.Length += line.Length;
        _queued += line.Length;
    }

    /// <summary>Lines, whole.</summary>
    internal sealed class Chunk(byte[] bytes)
    {
        public byte[] Bytes => bytes;

        public int Length { get; set; }

        public ReadOnlySpan<byte> Lines => bytes.AsSpan(0, Length);
    }
}
