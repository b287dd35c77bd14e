using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;

namespace LoadBalancer.Proxy.UnitTests.Discovery;

public sealed class KubernetesSourceTests
{
    private static readonly KubernetesDiscoveryOptions Web = new() { Service = "web", MaximumBackoff = TimeSpan.FromSeconds(3) };

    [Theory]
    [InlineData(1, 0.25, 0.5)]
    [InlineData(2, 0.5, 1)]
    [InlineData(3, 1, 2)]
    [InlineData(4, 1.5, 3)]
    [InlineData(1000, 1.5, 3)]
    public async Task Pauses_double_with_each_failure_up_to_the_longest_and_differ(int failures, double least, double most)
    {
        await using var source = new KubernetesSource(Web, new KubernetesAccess(null, null, null, null), TimeProvider.System, new Random(1));

        var pauses = Enumerable.Range(0, 50).Select(_ => source.PauseAfter(failures).TotalSeconds).ToList();

        Assert.All(pauses, pause => Assert.InRange(pause, least, most));
        Assert.True(pauses.Max() - pauses.Min() > (most - least) / 2, "Proxies would ask in step.");
    }
}
