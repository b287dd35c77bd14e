using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Discovery at a DNS server that many use.</summary>
public sealed class DnsmasqTests
{
    private const int Port = 8080;
    private const string Name = "web.test";

    [Fact]
    public async Task Addresses_come_and_go()
    {
        await using var dns = await StartAsync();
        await dns.SetAsync(Name, "127.0.0.1", "127.0.0.2");
        await using var proxy = await ProxyHost.StartAsync(Settings(dns, Name));
        await HasAsync(proxy, "127.0.0.1:8080 127.0.0.2:8080");

        await dns.SetAsync(Name, "127.0.0.2", "127.0.0.3", "127.0.0.4", "::1");
        await HasAsync(proxy, "127.0.0.2:8080 127.0.0.3:8080 127.0.0.4:8080 [::1]:8080");

        await dns.SetAsync(Name, "127.0.0.4");
        await HasAsync(proxy, "127.0.0.4:8080");
    }

    [Fact]
    public async Task While_the_server_is_gone_the_last_answer_stays()
    {
        await using var dns = await StartAsync();
        await dns.SetAsync(Name, "127.0.0.1", "127.0.0.2");
        await using var proxy = await ProxyHost.StartAsync(Settings(dns, Name));
        await HasAsync(proxy, "127.0.0.1:8080 127.0.0.2:8080");

        await dns.StopAsync();
        await proxy.Logs.WaitForAsync("cannot be looked up");
        await HasAsync(proxy, "127.0.0.1:8080 127.0.0.2:8080");
        await dns.RestartAsync();

        await proxy.Logs.WaitForAsync("is looked up again, destinations: 2");
    }

    [Fact]
    public async Task More_addresses_than_fit_into_a_datagram_are_all_found()
    {
        await using var dns = await StartAsync("--edns-packet-max=512");
        var addresses = Enumerable.Range(1, 100).Select(n => $"127.0.1.{n}").ToArray();
        await dns.SetAsync(Name, addresses);
        await using var proxy = await ProxyHost.StartAsync(Settings(dns, Name));

        await HasAsync(proxy, string.Join(' ', addresses.Select(address => $"{address}:{Port}").Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Services_are_found()
    {
        await using var dns = await StartAsync("--srv-host=_http._tcp.web.test,a.test,81,10,3", "--srv-host=_http._tcp.web.test,a.test,82,20,1", "--host-record=a.test,127.0.0.1");
        await using var proxy = await ProxyHost.StartAsync(Settings(dns, "_http._tcp.web.test", "Srv"));

        await HasAsync(proxy, "127.0.0.1:81 127.0.0.1:82");
        var views = (await proxy.DescribeAsync("127.0.0.1:81"), await proxy.DescribeAsync("127.0.0.1:82"));
        Assert.Equal(("3/0", "1/1"), ($"{views.Item1.GetProperty("weight")}/{views.Item1.GetProperty("priority")}", $"{views.Item2.GetProperty("weight")}/{views.Item2.GetProperty("priority")}"));
    }

    private static async Task<Dnsmasq> StartAsync(params string[] options)
    {
        const string missing = "dnsmasq is not installed (Debian: dnsmasq-base).";
        Assert.False(Dnsmasq.IsRequired && !Dnsmasq.IsThere, missing);
        Assert.SkipUnless(Dnsmasq.IsThere, missing);
        return await Dnsmasq.StartAsync(options);
    }

    private static Dictionary<string, string?> Settings(Dnsmasq dns, string name, string record = "Address") => new()
    {
        ["Clusters:web:DrainTimeout"] = "0s",
        ["Clusters:web:Discovery:Dns:Name"] = name,
        ["Clusters:web:Discovery:Dns:Record"] = record,
        ["Clusters:web:Discovery:Dns:Port"] = record == "Srv" ? null : $"{Port}",
        ["Clusters:web:Discovery:Dns:MinimumInterval"] = "50ms",
        ["Clusters:web:Discovery:Dns:Servers:0"] = dns.Address,
    };

    private static Task HasAsync(ProxyHost proxy, string names)
    {
        var had = "";
        return Eventually.HoldsAsync(
            async () => (had = string.Join(' ', (await proxy.DescribeClusterAsync("web")).GetProperty("destinations").EnumerateArray().Select(view => view.GetProperty("name").GetString()))) == names,
            $"the destinations are {names}");
    }
}
