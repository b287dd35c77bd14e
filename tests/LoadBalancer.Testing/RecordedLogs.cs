using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Testing;

/// <summary>Keeps every log record of a host.</summary>
public sealed class RecordedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<LogRecord> _records = new();

    /// <summary>The records so far, in order.</summary>
    public IReadOnlyList<LogRecord> Records => [.. _records];

    /// <summary>Waits for a record whose text contains this.</summary>
    public async Task<LogRecord> WaitForAsync(string text)
    {
        await Eventually.HoldsAsync(() => _records.Any(Matches), $"the log says '{text}'");
        return _records.First(Matches);

        bool Matches(LogRecord record) => record.Message.Contains(text, StringComparison.Ordinal);
    }

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _records);

    /// <inheritdoc />
    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<LogRecord> records) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var attributes = state is IEnumerable<KeyValuePair<string, object?>> pairs
                ? pairs.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString())
                : [];
            records.Enqueue(new LogRecord(category, logLevel, formatter(state, exception), attributes, exception));
        }
    }
}

/// <summary>One log record.</summary>
/// <param name="Category">Who wrote it.</param>
/// <param name="Level">How grave it is.</param>
/// <param name="Message">Its text.</param>
/// <param name="Attributes">Its structured values.</param>
/// <param name="Exception">Its exception, if it has one.</param>
public sealed record LogRecord(string Category, LogLevel Level, string Message, IReadOnlyDictionary<string, string?> Attributes, Exception? Exception);
