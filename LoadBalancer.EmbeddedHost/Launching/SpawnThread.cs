using System.Collections.Concurrent;

namespace LoadBalancer.EmbeddedHost.Launching;

/// <summary>
/// The one thread that starts children. Linux sends the parent-death signal when the starting *thread* ends, and threads of the pool come
/// and go, so a child started from one of them would die for no visible reason.
/// </summary>
internal sealed class SpawnThread
{
    private readonly BlockingCollection<Action> _work = [];

    private SpawnThread()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "spawn" };
        thread.Start();
    }

    public static SpawnThread Instance { get; } = new();

    public Task<T> RunAsync<T>(Func<T> start)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(start());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return done.Task;
    }

    private void Run()
    {
        foreach (var action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }
}
