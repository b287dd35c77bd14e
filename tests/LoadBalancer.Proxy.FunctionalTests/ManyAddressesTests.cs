using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A destination whose name stands for several addresses (RFC 8305).</summary>
public sealed class ManyAddressesTests
{
    private const string Name = "backend.test";

    // So long that no test would live to see it: an address that says nothing must not be waited for.
    private static readonly Dictionary<string, string?> Patient = new() { ["Clusters:web:HttpClient:ConnectTimeout"] = "10m" };

    public static TheoryData<string> Methods => ["GET", "POST"];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task An_address_at_which_nobody_answers_does_not_use_up_the_time_to_connect(string method)
    {
        await using var destination = new FakeDestination();
        using var hole = new FullBacklog(new IPEndPoint(IPAddress.IPv6Loopback, destination.Port));
        await using var proxy = await StartAsync(new FakeNames().Set(Name, "::1", "127.0.0.1"), Patient, destination);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, destination.Requests.Count));
    }

    [Fact]
    public async Task Nor_does_it_that_of_a_probe()
    {
        await using var destination = new FakeDestination();
        using var hole = new FullBacklog(new IPEndPoint(IPAddress.IPv6Loopback, destination.Port));
        await using var proxy = await StartAsync(new FakeNames().Set(Name, "::1", "127.0.0.1"), ProxyHost.QuickProbes(timeout: "10m"), destination);

        await proxy.WaitForHealthAsync("a", "Healthy");
    }

    [Theory]
    [InlineData("::1", "127.0.0.1")]
    [InlineData("127.0.0.1", "::1")]
    [InlineData("127.0.0.2", "127.0.0.3", "127.0.0.1")]
    public async Task Addresses_that_refuse_are_passed_over(params string[] addresses)
    {
        await using var destination = new FakeDestination();
        await using var proxy = await StartAsync(new FakeNames().Set(Name, addresses), Patient, destination);

        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_destination_may_be_at_an_IPv6_address_alone()
    {
        await using var destination = new FakeDestination(at: new IPEndPoint(IPAddress.IPv6Loopback, 0));
        await using var proxy = await ProxyHost.StartAsync(destination);

        await proxy.Client.GetStringAsync("/");

        Assert.StartsWith("http://[::1]:", destination.Address, StringComparison.Ordinal);
        Assert.Single(destination.Requests);
    }

    [Fact]
    public async Task A_request_makes_one_connection_though_several_addresses_would_take_it()
    {
        await using var first = new FakeDestination();
        await using var second = new FakeDestination(at: new IPEndPoint(IPAddress.IPv6Loopback, first.Port));
        await using var proxy = await StartAsync(new FakeNames().Set(Name, "127.0.0.1", "::1"), Patient, first);

        await proxy.Client.GetStringAsync("/");

        Assert.Equal((1, 0), (first.Connections, second.Connections));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_destination_none_of_whose_addresses_takes_connections_is_passed_over(string method)
    {
        await using var b = new FakeDestination();
        var dead = new Uri(DeadAddress.Refusing()).Port;
        await using var proxy = await ProxyHost.StartAsync(new FakeNames().Set(Name, "::1", "127.0.0.1"), Patient, $"http://{Name}:{dead}", b.Address);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, b.Requests.Count));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_destination_whose_name_is_unknown_is_passed_over(string method)
    {
        await using var b = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(new FakeNames(), Patient, "http://unknown.test:80", b.Address);

        using var answer = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, b.Requests.Count));
    }

    [Fact]
    public async Task A_probe_says_that_a_name_is_unknown()
    {
        await using var proxy = await ProxyHost.StartAsync(new FakeNames(), ProxyHost.QuickProbes(), "http://unknown.test:80");

        await proxy.Logs.WaitForAsync("the following host is down a (unknown host)");
    }

    private static Task<ProxyHost> StartAsync(FakeNames names, Dictionary<string, string?> settings, FakeDestination destination) =>
        ProxyHost.StartAsync(names, settings, destination.AddressAs(Name));
}
