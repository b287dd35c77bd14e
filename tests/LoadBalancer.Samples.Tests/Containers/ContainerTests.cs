namespace LoadBalancer.Samples.Tests.Containers;

/// <summary>
/// What starts containers: one after the other, since several samples have containers of one name, and with nothing beside it, since images are built on all cores.
/// </summary>
[CollectionDefinition(nameof(ContainerTests), DisableParallelization = true)]
public sealed class ContainerTests : ICollectionFixture<ContainerTurn>;

/// <summary>Names of containers are those of the machine: of several runs of these tests at the same time, one goes on and the others wait.</summary>
public sealed class ContainerTurn : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly string Token = Path.Combine(Path.GetTempPath(), "loadbalancer-containers.lock");

    private FileStream? _turn;

    public async ValueTask InitializeAsync()
    {
        if (await ContainerEngine.IsThereAsync())
        {
            await ContainerRun.UntilAsync(() => Task.FromResult(TryTake()), Patience, $"nobody else has {Token}");
        }
    }

    public ValueTask DisposeAsync() => _turn?.DisposeAsync() ?? ValueTask.CompletedTask;

    private bool TryTake()
    {
        try
        {
            _turn = new FileStream(Token, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
