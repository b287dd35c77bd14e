using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Three destinations that answer with their names: a, b and c, as the proxy names them too.</summary>
public abstract class ThreeDestinations : IAsyncLifetime
{
    protected FakeDestination A { get; } = new(Behave.Ok("a"));

    protected FakeDestination B { get; } = new(Behave.Ok("b"));

    protected FakeDestination C { get; } = new(Behave.Ok("c"));

    protected string[] Addresses => [A.Address, B.Address, C.Address];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await C.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
