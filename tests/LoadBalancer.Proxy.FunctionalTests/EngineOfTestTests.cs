using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>That the traits of <c>OverBothEngines.cs</c> do what they say.</summary>
/// <param name="engine">That of the trait.</param>
public abstract class EngineOfTestTests(string engine)
{
    [Fact]
    public async Task The_proxy_is_served_by_the_engine_of_the_trait()
    {
        await using var proxy = await ProxyHost.StartAsync("http://127.0.0.1:1");

        Assert.Equal(engine, $"{Assert.Single(proxy.Addresses.Served).Engine}");
    }
}
