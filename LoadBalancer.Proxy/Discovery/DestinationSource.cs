using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>Goes on finding the destinations of a cluster, by itself, until it is disposed.</summary>
/// <param name="name">What it is called in logs and in the admin API, as in <c>DNS web.example.com</c>.</param>
internal abstract class DestinationSource(string name) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _run = Task.CompletedTask;

    /// <summary>What it is called.</summary>
    public string Name { get; } = name;

    /// <summary>Ends with the first answer, be it none.</summary>
    public Task First => _first.Task;

    /// <summary>Starts to look.</summary>
    /// <param name="tell">Is told each answer, whether or not it differs from the one before. It must not wait.</param>
    public void Start(Action<DiscoveryAnswer> tell) => _run = Task.Run(() => RunAsync(
        answer =>
        {
            if (!_stopping.IsCancellationRequested)
            {
                tell(answer);
                _first.TrySetResult();
            }
        },
        _stopping.Token));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _first.TrySetCanceled();
        _stopping.Dispose();
    }

    /// <summary>Looks until it is told to stop. Whatever goes wrong is an answer.</summary>
    protected abstract Task RunAsync(Action<DiscoveryAnswer> tell, CancellationToken stopping);
}

/// <summary>What a source has to say.</summary>
/// <param name="Found">Who is there now; null when that could not be found out.</param>
/// <param name="Failure">Why not.</param>
internal readonly record struct DiscoveryAnswer(IReadOnlyList<DestinationDefinition>? Found, string Failure = "")
{
    /// <summary>Addresses (<see cref="Configuration.DestinationAddress.KeyOf"/>) of those that are there and cannot serve, not even their sessions.</summary>
    public IReadOnlySet<string>? Unfit { get; init; }
}
