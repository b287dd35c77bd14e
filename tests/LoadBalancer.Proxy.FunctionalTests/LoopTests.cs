using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Load balancers that lead to load balancers, and at last to themselves.</summary>
public abstract class LoopTests
{
    [Fact]
    public async Task A_proxy_that_leads_to_itself_ends_the_circle_with_508()
    {
        // It has to run before its address is known, so it gets itself as a destination by a change of its file.
        using var file = new ConfigFile(LeadingTo(""));
        await using var proxy = await ProxyHost.StartAsync(new RunArguments { ConfigFile = file.Path });
        file.Write(LeadingTo($$""" "itself": { "Address": "{{proxy.Address}}" } """));
        await proxy.Logs.WaitForAsync("configuration reloaded");

        using var answer = await proxy.Client.GetAsync("/");

        Assert.Equal(508, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Several_in_a_row_are_no_circle()
    {
        await using var destination = new FakeDestination();
        await using var last = await ProxyHost.StartAsync(destination);
        await using var middle = await ProxyHost.StartAsync(last.Address);
        await using var first = await ProxyHost.StartAsync(middle.Address);

        Assert.Equal("ok", await first.Client.GetStringAsync("/"));
    }

    private static string LeadingTo(string destination) => $$"""
        {
          "Listeners": { "main": { "Url": "http://127.0.0.1:0" } },
          "Admin": { "Url": "none" },
          "Clusters": { "web": { "Destinations": { {{destination}} } } }
        }
        """;
}
