using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Keeps what the resources wrote to their consoles and hands it on as it comes.</summary>
public class ResourceLoggerService
{
    /// <summary>Lines kept per resource; older ones are forgotten.</summary>
    internal const int BacklogLines = 10_000;

    private readonly ConcurrentDictionary<string, ConsoleLog> _logs = new(StringComparer.OrdinalIgnoreCase);

    internal ResourceLoggerService()
    {
    }

    /// <summary>The lines that a resource has written, then each new one, in batches.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName) => Log(resourceName).WatchAsync(follow: true);

    /// <summary>The lines that a resource has written so far.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName) => Log(resourceName).WatchAsync(follow: false);

    /// <summary>Raised for each line, on the thread that read it.</summary>
    internal event Action<string, LogLine>? Written;

    internal void Append(string resourceName, string content, bool isErrorMessage)
    {
        var line = Log(resourceName).Append(content, isErrorMessage);
        Written?.Invoke(resourceName, line);
    }

    private ConsoleLog Log(string resourceName) => _logs.GetOrAdd(resourceName, static _ => new ConsoleLog());

    private sealed class ConsoleLog
    {
        private readonly Lock _lock = new();
        private readonly Queue<LogLine> _backlog = new();
        private readonly List<Channel<LogLine>> _watchers = [];
        private int _written;

        public LogLine Append(string content, bool isErrorMessage)
        {
            lock (_lock)
            {
                var line = new LogLine(++_written, content, isErrorMessage);
                _backlog.Enqueue(line);
                if (_backlog.Count > BacklogLines)
                {
                    _backlog.Dequeue();
                }
                foreach (var watcher in _watchers)
                {
                    watcher.Writer.TryWrite(line);
                }
                return line;
            }
        }

        public async IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(
            bool follow,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var channel = Channel.CreateUnbounded<LogLine>(new UnboundedChannelOptions { SingleReader = true });
            LogLine[] before;
            lock (_lock)
            {
                before = [.. _backlog];
                if (follow)
                {
                    _watchers.Add(channel);
                }
            }

            try
            {
                if (before.Length > 0)
                {
                    yield return before;
                }
                while (follow && await channel.Reader.WaitToReadAsync(cancellationToken))
                {
                    var batch = new List<LogLine>();
                    while (channel.Reader.TryRead(out var line))
                    {
                        batch.Add(line);
                    }
                    yield return batch;
                }
            }
            finally
            {
                lock (_lock)
                {
                    _watchers.Remove(channel);
                }
            }
        }
    }
}

/// <summary>A line that a resource wrote to its console.</summary>
/// <param name="LineNumber">Counts from one.</param>
/// <param name="Content">The text.</param>
/// <param name="IsErrorMessage">Whether it was written to standard error.</param>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);
