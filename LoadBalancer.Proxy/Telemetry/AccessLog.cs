namespace LoadBalancer.Proxy.Telemetry;

/// <summary>A line for each request, as the configuration in force wants them. One thread writes them; requests wait for nothing, and lines that come too fast are dropped and counted.</summary>
internal sealed partial class AccessLog : IDisposable
{
    // So many lines are written at once as come in this time.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan WarnEvery = TimeSpan.FromMinutes(1);

    // A reader of the standard output that reads no more must not keep the proxy from stopping.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ProxyMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<AccessLog> _logger;
    private readonly Lock _lock = new();
    private volatile Writer? _writer;
    private DateTimeOffset? _warnedAt;

    /// <param name="metrics">Is told of lines that are lost.</param>
    /// <param name="time">The clock of the warnings.</param>
    /// <param name="logger">Is told when lines are lost.</param>
    public AccessLog(ProxyMetrics metrics, TimeProvider time, ILogger<AccessLog> logger) => (_metrics, _time, _logger) = (metrics, time, logger);

    /// <summary>Whether lines are written; if not, nobody need make an entry.</summary>
    public bool IsOn => _writer is not null;

    /// <summary>Writes a line, or drops it.</summary>
    public void Write(in AccessEntry entry)
    {
        while (_writer is { } writer)
        {
            var line = new LineWriter();
            writer.Target.Format(ref line, entry);
            if (writer.Queue.TryAdd(line.Written))
            {
                return;
            }

            // A reload has just put another in its place.
        }
    }

    /// <summary>From now on, lines go here; what is on its way to where they went before is written first.</summary>
    /// <param name="target">Where to; null for nowhere. It is this log's to close.</param>
    public void Follow(AccessLogTarget? target)
    {
        var before = _writer;
        _writer = target is null ? null : new Writer(this, target, before);
        before?.Queue.Close();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        var last = _writer;
        Follow(null);
        last?.Join();
    }

    private void OnLost(long lines)
    {
        _metrics.AccessLinesDropped(lines);
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (_warnedAt is not { } at || now - at >= WarnEvery)
            {
                _warnedAt = now;
                Log.Lost(_logger, lines);
            }
        }
    }

    /// <summary>One target, and the thread that writes to it.</summary>
    private sealed class Writer
    {
        private readonly AccessLog _log;
        private Writer? _before;
        private readonly Thread _thread;
        private bool _fails;

        public Writer(AccessLog log, AccessLogTarget target, Writer? before)
        {
            (_log, Target, _before) = (log, target, before);
            Queue = new LineQueue(target.MaxQueueSize);
            _thread = new Thread(Run) { IsBackground = true, Name = "access log" };
            _thread.Start();
        }

        public AccessLogTarget Target { get; }

        public LineQueue Queue { get; }

        public void Join() => _thread.Join(Patience);

        private void Run()
        {
            // The same file may follow itself.
            _before?.Join();
            _before = null;
            for (var isOver = false; !isOver;)
            {
                Queue.Wait(Gather);
                var taken = Queue.Take(out var dropped, out isOver);
                foreach (var chunk in taken)
                {
                    dropped += Write(chunk.Lines);
                }

                Queue.Return(taken);
                if (dropped > 0)
                {
                    _log.OnLost(dropped);
                }
            }

            Target.Dispose();
            Queue.Dispose();
        }

        // How many lines were lost.
        private int Write(ReadOnlySpan<byte> lines)
        {
            try
            {
                Target.File.Write(lines);
                if (_fails)
                {
                    Log.WritesAgain(_log._logger);
                }

                _fails = false;
                return 0;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                if (!_fails)
                {
                    Log.Fails(_log._logger, exception.Message);
                }

                _fails = true;
                return lines.Count((byte)'\n');
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Count} lines of the access log were dropped, since they could not be written as fast as they came")]
        public static partial void Lost(ILogger logger, long count);

        [LoggerMessage(2, LogLevel.Error, "the access log cannot be written, its lines are lost: {Error}")]
        public static partial void Fails(ILogger logger, string error);

        [LoggerMessage(3, LogLevel.Information, "the access log is written again")]
        public static partial void WritesAgain(ILogger logger);
    }
}

/// <summary>Where lines go, and what they look like.</summary>
/// <param name="File">Where to.</param>
/// <param name="Format">What they look like.</param>
/// <param name="MaxQueueSize">How many bytes may be on their way.</param>
internal sealed record AccessLogTarget(LogFile File, AccessLine.Format Format, int MaxQueueSize) : IDisposable
{
    /// <inheritdoc />
    public void Dispose() => File.Dispose();
}
