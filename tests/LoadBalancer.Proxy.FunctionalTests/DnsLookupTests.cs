using System.Net;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Discovery;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What is made of the answers of a DNS server.</summary>
public sealed class DnsLookupTests : IAsyncLifetime
{
    private const string Service = "_http._tcp.web.test";

    private readonly FakeDns _dns = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    [Theory]
    [InlineData(60, 10)]
    [InlineData(10, 60)]
    public async Task An_answer_holds_as_long_as_the_addresses_of_both_families_do(int four, int six)
    {
        _dns.Set("web.test", four, "10.0.0.1").Add("web.test", six, "fd00::1");

        var reading = await AskAsync("web.test");

        Assert.Equal((2, 10), (reading.Found.Count, reading.TimeToLive.TotalSeconds));
    }

    [Theory]
    [InlineData(60, 10)]
    [InlineData(10, 60)]
    public async Task An_answer_holds_as_long_as_the_alias_and_what_it_stands_for(int alias, int address)
    {
        _dns.SetAlias("web.test", alias, "real.test").Set("real.test", address, "10.0.0.1");

        Assert.Equal(10, (await AskAsync("web.test")).TimeToLive.TotalSeconds);
    }

    [Theory]
    [InlineData(60, 10)]
    [InlineData(10, 60)]
    public async Task Services_hold_as_long_as_their_records_and_the_addresses_of_their_targets(int service, int target)
    {
        _dns.SetServices(Service, service, "0 0 80 a.test", "0 0 80 b.test").Set("a.test", 60, "10.0.0.1").Set("b.test", target, "10.0.0.2");

        Assert.Equal(10, (await AskAsync(Service, DnsRecord.Srv)).TimeToLive.TotalSeconds);
    }

    // Else it would look as if all addresses of the family were gone.
    [Fact]
    public async Task A_server_that_fails_for_one_family_has_answered_nothing()
    {
        _dns.Set("web.test", 60, "10.0.0.1", "fd00::1");
        _dns.FailsFor = "AAAA";

        var reading = await AskAsync("web.test");

        Assert.Empty(reading.Found);
        Assert.EndsWith("answered ServerFailure", reading.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_fails_for_a_target_of_a_service_has_answered_nothing()
    {
        _dns.SetServices(Service, 60, "0 0 80 a.test").Set("a.test", 60, "10.0.0.1");
        _dns.FailsFor = "A";

        Assert.EndsWith("answered ServerFailure", (await AskAsync(Service, DnsRecord.Srv)).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_without_an_address_is_one_less()
    {
        _dns.SetServices(Service, 60, "0 0 80 a.test", "0 0 80 b.test").Set("a.test", 60, "10.0.0.1");

        Assert.Equal("10.0.0.1:80", string.Join(' ', (await AskAsync(Service, DnsRecord.Srv)).Found.Select(found => $"{found.Address}:{found.Port}")));
    }

    // RFC 2782: "A Target of "." means that the service is decidedly not available at this domain."
    [Fact]
    public async Task A_service_that_says_it_is_not_to_be_had_there_is_none()
    {
        _dns.SetServices(Service, 60, "0 0 0 .");

        var reading = await AskAsync(Service, DnsRecord.Srv);

        Assert.Equal((0, $"{Service}. has no SRV record"), (reading.Found.Count, reading.Failure));
        Assert.Equal([$"udp SRV {Service}"], _dns.Questions);
    }

    [Fact]
    public async Task A_short_name_is_looked_for_in_the_domains_of_the_system_until_it_is_there()
    {
        _dns.Set("web.two.test", 60, "10.0.0.1").Set("web.three.test", 60, "10.0.0.2");
        var system = new ResolverSettings([IPEndPoint.Parse(_dns.Address)], ["one.test", "two.test", "three.test"], Dots: 1);

        var reading = await new DnsLookup(new DnsDiscoveryOptions { Name = "web", Port = 80 }, () => system).AskAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["10.0.0.1"], reading.Found.Select(found => $"{found.Address}"));
    }

    private Task<DnsReading> AskAsync(string name, DnsRecord record = DnsRecord.Address) =>
        new DnsLookup(new DnsDiscoveryOptions { Name = name, Record = record, Port = 80, Servers = [_dns.Address] }, static () => throw new InvalidOperationException("The system is not to be asked.")).AskAsync(TestContext.Current.CancellationToken);
}
