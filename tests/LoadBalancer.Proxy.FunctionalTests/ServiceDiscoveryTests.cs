using System.Text.Json;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>An address that is a service name of the configuration stands for all addresses of the service.</summary>
public sealed class ServiceDiscoveryTests
{
    [Fact]
    public async Task Each_address_of_the_service_is_a_destination_in_order()
    {
        await using var one = new FakeDestination(Behave.Ok("1"));
        await using var two = new FakeDestination(Behave.Ok("2"));
        await using var three = new FakeDestination(Behave.Ok("3"));
        await using var proxy = await ProxyHost.StartWithAsync(Service("http://backend", one, two, three));

        var answers = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            answers.Add(await proxy.Client.GetStringAsync("/"));
        }

        Assert.Equal("123123", string.Concat(answers));
    }

    [Fact]
    public async Task The_destinations_are_named_after_the_entry_and_numbered()
    {
        await using var one = new FakeDestination();
        await using var two = new FakeDestination();
        await using var proxy = await ProxyHost.StartWithAsync(Service("http://backend", one, two));

        using var clusters = JsonDocument.Parse(await proxy.Admin.GetStringAsync("/api/clusters"));

        Assert.Equal(
            [("backend-1", one.Address + "/"), ("backend-2", two.Address + "/")],
            clusters.RootElement.GetProperty("clusters")[0].GetProperty("destinations").EnumerateArray()
                .Select(destination => (destination.GetProperty("name").GetString(), destination.GetProperty("address").GetString())));
    }

    private static Dictionary<string, string?> Service(string address, params FakeDestination[] destinations)
    {
        var settings = new Dictionary<string, string?> { ["Clusters:web:Destinations:backend:Address"] = address };
        for (var i = 0; i < destinations.Length; i++)
        {
            settings[$"services:backend:http:{i}"] = destinations[i].Address;
        }

        return settings;
    }
}
