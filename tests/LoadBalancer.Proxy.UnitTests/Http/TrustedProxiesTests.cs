using System.Net;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class TrustedProxiesTests
{
    private static readonly TrustedProxies Trusted = Of("10.0.0.0/8", "192.0.2.7", "2001:db8::/32");

    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("192.0.2.7", "192.0.2.7/32")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("2001:db8::/32", "2001:db8::/32")]
    [InlineData("::1", "::1/128")]
    [InlineData("::ffff:10.0.0.0/104", "10.0.0.0/8")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7/32")]
    [InlineData("10.0.0.1/8", null)]
    [InlineData("10.0.0.0/33", null)]
    [InlineData("10.0.0.0/-1", null)]
    [InlineData("10.0.0.0/ 8", null)]
    [InlineData("10.0.0.0/", null)]
    [InlineData("10.0.0/8", null)]
    [InlineData("10", null)]
    [InlineData("010.0.0.0/8", null)]
    [InlineData("fe80::1%eth0", null)]
    [InlineData("[::1]", null)]
    [InlineData("balancer", null)]
    [InlineData("", null)]
    public void A_network_or_an_address_is_read_or_refused(string text, string? network) => Assert.Equal(network, TrustedProxies.TryParse(text)?.ToString());

    [Theory]
    [InlineData("10.255.0.1", true)]
    [InlineData("::ffff:10.255.0.1", true)]
    [InlineData("11.0.0.1", false)]
    [InlineData("192.0.2.7", true)]
    [InlineData("192.0.2.8", false)]
    [InlineData("2001:db8:1::1", true)]
    [InlineData("2001:db9::1", false)]
    public void An_address_is_trusted_within_the_networks(string address, bool isTrusted) => Assert.Equal(isTrusted, Trusted.Includes(IPAddress.Parse(address)));

    [Fact]
    public void Nobody_is_trusted_by_default() => Assert.False(TrustedProxies.None.Includes(IPAddress.Loopback));

    [Theory]
    [InlineData("203.0.113.1", "10.1.1.1", "203.0.113.1")]
    [InlineData("10.1.1.1", "", "10.1.1.1")]
    [InlineData("10.1.1.1", "203.0.113.1", "203.0.113.1")]
    [InlineData("10.1.1.1", "198.51.100.9, 203.0.113.1", "203.0.113.1")]
    [InlineData("10.1.1.1", "198.51.100.9, 203.0.113.1, 10.2.2.2, 192.0.2.7", "203.0.113.1")]
    [InlineData("10.1.1.1", "10.3.3.3, 10.2.2.2", "10.3.3.3")]
    [InlineData("::ffff:10.1.1.1", "::ffff:203.0.113.1", "203.0.113.1")]
    [InlineData("2001:db8::1", "[2001:db9::1]:443", "2001:db9::1")]
    [InlineData("10.1.1.1", "203.0.113.1:50000", "203.0.113.1")]
    [InlineData("10.1.1.1", "198.51.100.9, unknown, 10.2.2.2", "10.2.2.2")]
    public void The_client_is_the_right_most_address_that_is_not_trusted(string peer, string hops, string client) =>
        Assert.Equal(client, Trusted.ClientOf(IPAddress.Parse(peer), hops).ToString());

    private static TrustedProxies Of(params string[] networks) => new(Array.ConvertAll(networks, network => TrustedProxies.TryParse(network)!.Value));
}
