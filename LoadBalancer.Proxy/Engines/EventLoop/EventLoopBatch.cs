namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The events of a turn, some at once: what they tell to be there is received in one call before, and what is to be sent goes out in one call behind.</summary>
/// <remarks>
/// Entering the kernel costs as much as half of a short receive or send, and there are four to a request. Without a <see cref="SubmissionRing"/> each is a call of its own.
/// Why, and what it gains: docs/decisions/0018.
/// </remarks>
internal sealed partial class EventLoop
{
    /// <summary>How much is received ahead at most: a head, as a rule with its body, but not the parts of a long one.</summary>
    public const int ReceiveSize = 32 * 1024;

    // As many as are worth it: with more, what the first sends waits for the last.
    private const int BatchSize = SubmissionRing.Size / 2;

    // What is longer is worth a call of its own.
    private const int MostQueued = 16 * 1024;

    // What waits to be sent is not to grow with what the heads of requests may have.
    private const int MostStaying = 256 * 1024;

    private readonly Connection[] _receiving = new Connection[BatchSize];
    private List<Queued> _queue = new(BatchSize * 2);
    private List<Queued> _sending = new(BatchSize * 2);
    private bool _isBatch;

    /// <summary>What does its receives and sends; null where each is a call of its own.</summary>
    public SubmissionRing? Ring { get; }

    /// <summary>Where heads are written just before they are sent.</summary>
    public OutputBuffer Output { get; } = new();

    /// <summary>What was received ahead. Nothing of it is left when the batch is over.</summary>
    public byte[] Received { get; }

    /// <summary>Has what is written to <see cref="Output"/> sent behind the batch.</summary>
    /// <returns>False where it is to be sent now.</returns>
    public bool TryQueue(Connection connection)
    {
        if (!_isBatch || Output.Length > MostQueued || Output.Staying > MostStaying)
        {
            return false;
        }

        _queue.Add(new Queued(connection, Output.Stay()));
        return true;
    }

    private void ServeEvents(int count)
    {
        for (var from = 0; from < count; from += BatchSize)
        {
            ServeBatch(from, Math.Min(count, from + BatchSize));
        }
    }

    private void ServeBatch(int from, int to)
    {
        _isBatch = Ring is not null && to - from > 1;
        var ahead = _isBatch ? ReceiveAhead(from, to) : 0;
        for (var index = from; index < to; index++)
        {
            var (events, data) = Syscalls.EventAt(_events, index);
            if (_queue.Count > 0 && _watched.Find(data) is Connection { IsQueued: true })
            {
                // What this event tells may be what comes of that.
                SendQueued();
            }

            if (_watched.Find(data) is { } watched)
            {
                Serve(watched, events);
            }
        }

        _isBatch = false;
        SendQueued();
        foreach (var connection in _receiving.AsSpan(0, ahead))
        {
            connection.Settle();
        }
    }

    private int ReceiveAhead(int from, int to)
    {
        var count = 0;
        for (var index = from; index < to; index++)
        {
            var (events, data) = Syscalls.EventAt(_events, index);
            if (_watched.Find(data) is Connection connection && connection.IsToReceiveAhead(events))
            {
                _receiving[count++] = connection;
            }
        }

        // One alone is as well received when it is its turn.
        if (count < 2)
        {
            return 0;
        }

        for (var index = 0; index < count; index++)
        {
            Ring!.AddReceive(_receiving[index].Descriptor, Received.AsSpan(index * ReceiveSize, ReceiveSize));
        }

        var results = Ring!.Submit();
        for (var index = 0; index < count; index++)
        {
            _receiving[index].OnReceived(index * ReceiveSize, results[index]);
        }

        return count;
    }

    private void SendQueued()
    {
        while (_queue.Count > 0)
        {
            // What comes of it may be queued again.
            (_queue, _sending) = (_sending, _queue);
            for (var from = 0; from < _sending.Count; from += SubmissionRing.Size)
            {
                SendBatch(from, Math.Min(_sending.Count, from + SubmissionRing.Size));
            }

            _sending.Clear();
        }

        Output.Release();
    }

    private void SendBatch(int from, int to)
    {
        if (to - from == 1)
        {
            var (connection, range) = _sending[from];
            TellTried(connection, range, Syscalls.Send(connection.Descriptor, Output.At(range)));
            return;
        }

        for (var index = from; index < to; index++)
        {
            // One that was closed has no descriptor, which the system says of it then.
            Ring!.AddSend(_sending[index].Connection.Descriptor, Output.At(_sending[index].Range));
        }

        var results = Ring!.Submit();
        for (var index = from; index < to; index++)
        {
            TellTried(_sending[index].Connection, _sending[index].Range, results[index - from]);
        }
    }

    private void TellTried(Connection connection, Range range, int sent)
    {
        if (!connection.IsQueued)
        {
            return;
        }

        try
        {
            connection.OnQueueTried(Output.At(range), sent);
        }
        catch (Exception exception)
        {
            Note(exception);
            Abort(connection);
        }
    }

    private readonly record struct Queued(Connection Connection, Range Range);
}
