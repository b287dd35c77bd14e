using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Health;

/// <summary>Gives destinations that warm up their growing share, step by step, and sleeps while there are none.</summary>
internal sealed class WarmUps(ClusterRegistry registry, TimeProvider time) : BackgroundService
{
    // A share that grows every few milliseconds would only cost.
    private static readonly TimeSpan LeastStep = TimeSpan.FromMilliseconds(100);

    private volatile TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        registry.WarmUpBegan += OnBegan;
        while (!stoppingToken.IsCancellationRequested)
        {
            // First the alarm, then the look: what begins in between is seen, or wakes.
            var begun = _begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var step = registry.WarmUp() is { } next ? (next > LeastStep ? next : LeastStep) : Timeout.InfiniteTimeSpan;
            await begun.Task.WaitAsync(step, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        registry.WarmUpBegan -= OnBegan;
    }

    private void OnBegan() => _begun.TrySetResult();
}
