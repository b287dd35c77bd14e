using System.Net;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class UpstreamIntroductionTests
{
    [Fact]
    public void Different_headers_have_different_hosts_and_each_of_them_is_one()
    {
        var ports = new[] { 1, 255, 256, 257, 0x1F00, 0x1F1F, 65535, 0 };
        var addresses = new[] { "192.0.2.1", "192.0.0.0", "0.0.0.0", "2001:db8::", "2001:db8::1", "::" };
        var ends = addresses.SelectMany(address => ports.Select(port => new IPEndPoint(IPAddress.Parse(address), port))).ToArray();

        var hosts = ends.SelectMany(source => ends.Select(destination => (source, destination)))
            .SelectMany(pair => new[] { ProxyHeaderWriter.Line(pair.source, pair.destination), ProxyHeaderWriter.Block(pair.source, pair.destination) })
            .Append(ProxyHeaderWriter.UnknownLine).Append(ProxyHeaderWriter.LocalBlock).Append(ProxyHeaderWriter.UnixClientBlock)
            .DistinctBy(Convert.ToHexString)
            .Select(UpstreamIntroduction.HostOf)
            .ToArray();

        Assert.Equal(hosts.Length, hosts.Distinct().Count());
        Assert.All(hosts, host => Assert.Equal((UriHostNameType.Dns, host), (Uri.CheckHostName(host), new Uri($"http://{host}/").Host)));
    }
}
