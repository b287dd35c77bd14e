using System.Collections.Concurrent;
using System.Diagnostics;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Testing;

/// <summary>Keeps the spans of one trace, and samples no other: tests that run beside it stay without spans.</summary>
public sealed class RecordedSpans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _stopped = new();
    private readonly ActivityListener _listener;

    /// <summary>Listens.</summary>
    public RecordedSpans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ProxyMetrics.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.TraceId == TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == TraceId)
                {
                    _stopped.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The trace that is kept.</summary>
    public ActivityTraceId TraceId { get; } = ActivityTraceId.CreateRandom();

    /// <summary>The span of the client.</summary>
    public ActivitySpanId ClientSpanId { get; } = ActivitySpanId.CreateRandom();

    /// <summary>The trace context that the client sends, so that the request is of this trace.</summary>
    public string TraceParent => $"00-{TraceId}-{ClientSpanId}-01";

    /// <summary>Waits until the span of the request has ended, which is the last to end.</summary>
    public async Task<Activity> WaitForRequestAsync()
    {
        await Eventually.HoldsAsync(() => _stopped.Any(IsRequest), "the span of the request ended");
        return _stopped.Single(IsRequest);

        static bool IsRequest(Activity activity) => activity.Kind == ActivityKind.Server;
    }

    /// <summary>Waits for the spans of the attempts, in the order of their ends.</summary>
    public async Task<IReadOnlyList<Activity>> WaitForAttemptsAsync()
    {
        await WaitForRequestAsync();
        return [.. _stopped.Where(activity => activity.Kind == ActivityKind.Client)];
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();
}
