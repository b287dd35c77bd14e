using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;
using LoadBalancer.Proxy.UnitTests.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Discovery;

public sealed class KubernetesAccessTests : IDisposable
{
    private static readonly KubernetesDiscoveryOptions Web = new() { Service = "web" };

    private readonly TempFolder _account = new();

    public void Dispose() => _account.Dispose();

    [Theory]
    [InlineData("10.96.0.1", "443", "https://10.96.0.1/")]
    [InlineData("10.96.0.1", "6443", "https://10.96.0.1:6443/")]
    [InlineData("fd00::1", null, "https://[fd00::1]/")]
    [InlineData(null, null, null)]
    public void In_a_pod_the_server_is_the_one_of_the_environment(string? host, string? port, string? url) =>
        Assert.Equal(url, KubernetesAccess.Of(Web, name => name == "KUBERNETES_SERVICE_HOST" ? host : port, _account.Path).Url?.AbsoluteUri);

    [Fact]
    public void In_a_pod_namespace_and_token_are_those_of_the_service_account()
    {
        _account.Write("namespace", "shop\n");
        var access = KubernetesAccess.Of(Web, _ => null, _account.Path);

        Assert.Equal(("shop", Path.Combine(_account.Path, "token")), (access.Namespace, access.TokenFile));
    }

    [Fact]
    public void With_a_url_nothing_of_the_pod_goes_there()
    {
        var access = KubernetesAccess.Of(Web with { Url = "http://localhost:8001", Namespace = "shop" }, _ => "10", _account.Path);

        Assert.Equal(("http://localhost:8001/", "shop", null, null), (access.Url!.AbsoluteUri, access.Namespace, access.TokenFile, access.Authorities));
    }
}
