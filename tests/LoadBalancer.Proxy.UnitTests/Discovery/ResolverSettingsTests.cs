using LoadBalancer.Proxy.Discovery;

namespace LoadBalancer.Proxy.UnitTests.Discovery;

public sealed class ResolverSettingsTests
{
    // As Kubernetes writes it.
    private const string InAPod = """
        # who wrote this
        nameserver 10.96.0.10
        nameserver	fd00::a
        nameserver what
        search default.svc.cluster.local svc.cluster.local. cluster.local
        options timeout:2 ndots:5
        """;

    [Theory]
    [InlineData(InAPod, "10.96.0.10:53 [fd00::a]:53")]
    [InlineData("", "127.0.0.1:53")]
    public void Servers_are_those_of_the_file_in_order(string text, string servers) => Assert.Equal(servers, string.Join(' ', ResolverSettings.Parse(text).Servers));

    [Theory]
    [InlineData(InAPod, "web", "web.default.svc.cluster.local. web.svc.cluster.local. web.cluster.local. web.")]
    [InlineData(InAPod, "web.", "web.")]
    [InlineData(InAPod, "a.b.c.d.e.f", "a.b.c.d.e.f. a.b.c.d.e.f.default.svc.cluster.local. a.b.c.d.e.f.svc.cluster.local. a.b.c.d.e.f.cluster.local.")]
    [InlineData("search example.com", "web.shop", "web.shop. web.shop.example.com.")]
    [InlineData("search one.example\r\nsearch two.example\r\n", "web", "web.two.example. web.")]
    [InlineData("", "web", "web.")]
    public void Names_are_looked_for_as_the_system_does(string text, string name, string candidates) =>
        Assert.Equal(candidates, string.Join(' ', ResolverSettings.Parse(text).Candidates(name)));
}
