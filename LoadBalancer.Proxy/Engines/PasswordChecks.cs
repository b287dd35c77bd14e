using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Resilience;

namespace LoadBalancer.Proxy.Engines;

/// <summary>Has passwords checked on threads of the pool, and no more at once than leave room for requests.</summary>
internal sealed class PasswordChecks : IDisposable
{
    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>What is known of passwords.</summary>
    public KnownPasswords Cache { get; } = new();

    /// <summary>Ends when a password is checked.</summary>
    public async Task RunAsync(PasswordCheck check)
    {
        await _places.WaitAsync();
        try
        {
            await Task.Run(check.Run);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _places.Dispose();
}
