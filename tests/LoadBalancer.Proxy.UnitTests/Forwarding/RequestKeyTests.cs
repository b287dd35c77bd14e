using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Forwarding;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.UnitTests.Routing;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.UnitTests.Forwarding;

public sealed class RequestKeyTests
{
    private const string Target = "/shop/cart?user=42";

    private readonly Ask _ask = new()
    {
        Headers = { ["X-Tenant"] = new StringValues(["blue", "green"]), ["Cookie"] = new StringValues(["a=1", "session=abc"]) },
    };

    [Theory]
    [InlineData(HashSource.Header, "x-tenant", "blue")]
    [InlineData(HashSource.Cookie, "session", "abc")]
    [InlineData(HashSource.Query, "user", "42")]
    [InlineData(HashSource.Path, null, "/shop/cart")]
    public void The_key_is_found_where_the_cluster_says(HashSource source, string? name, string text) =>
        Assert.Equal(Affinity.Key(HashKeys.OfText(text)!.Value), Of(new HashOptions { Source = source, Name = name }));

    [Theory]
    [InlineData(HashSource.Header, "X-Other")]
    [InlineData(HashSource.Cookie, "other")]
    [InlineData(HashSource.Query, "other")]
    [InlineData(HashSource.ClientAddress, null)]
    public void A_request_without_it_has_no_key(HashSource source, string? name) => Assert.Equal(Affinity.None, Of(new HashOptions { Source = source, Name = name }));

    [Fact]
    public void Every_source_is_found() => Assert.All(Enum.GetValues<HashSource>(), source => Of(new HashOptions { Source = source, Name = "any" }));

    [Fact]
    public void The_client_is_told_apart_by_its_address() =>
        Assert.Equal(Affinity.Key(HashKeys.OfAddress([192, 0, 2, 7])!.Value), Of(new HashOptions(), [192, 0, 2, 7]));

    [Theory]
    [InlineData(LoadBalancingPolicy.RoundRobin, HashSource.ClientAddress, false)]
    [InlineData(LoadBalancingPolicy.ConsistentHash, HashSource.ClientAddress, true)]
    [InlineData(LoadBalancingPolicy.ConsistentHash, HashSource.Path, false)]
    public void The_address_of_the_client_is_worked_out_where_it_matters(LoadBalancingPolicy policy, HashSource source, bool matters) =>
        Assert.Equal(matters, RequestKey.IsOfClient(new ClusterOptions { LoadBalancingPolicy = policy, Hash = new() { Source = source } }));

    [Fact]
    public void Other_policies_need_no_key() => Assert.Equal(Affinity.None, RequestKey.Of(Make.Cluster(new ClusterOptions { Hash = new() { Source = HashSource.Path } }), _ask, Target, []));

    private Affinity Of(HashOptions hash, ReadOnlySpan<byte> client = default) =>
        RequestKey.Of(Make.Cluster(new ClusterOptions { LoadBalancingPolicy = LoadBalancingPolicy.ConsistentHash, Hash = hash }), _ask, Target, client);
}
