using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A destination whose name moves to another address while the old one still serves.</summary>
public abstract class MovedNameTests : IAsyncDisposable
{
    private const string Name = "backend.test";

    private readonly FakeNames _names = new FakeNames().Set(Name, "127.0.0.1");
    private readonly FakeDestination _old = new(Behave.Ok("old"));
    private readonly FakeDestination _new;

    public MovedNameTests() => _new = new FakeDestination(Behave.Ok("new"), at: new IPEndPoint(IPAddress.Parse("127.0.0.2"), _old.Port));

    public async ValueTask DisposeAsync()
    {
        await _old.DisposeAsync();
        await _new.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Requests_follow_as_probes_do()
    {
        await using var proxy = await StartAsync();
        Assert.Equal("old", await proxy.Client.GetStringAsync("/"));

        _names.Set(Name, "127.0.0.2");

        await Eventually.HoldsAsync(async () => await proxy.Client.GetStringAsync("/") == "new", "requests go to the new address");
        Assert.Equal("new", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_request_under_way_is_finished_where_it_began()
    {
        var gate = new TaskCompletionSource();
        await using var proxy = await StartAsync();
        _old.Next(Behave.After(gate.Task, Behave.Ok("late")));
        var late = proxy.Client.GetStringAsync("/late");
        await _old.WaitForRequestAsync();

        _names.Set(Name, "127.0.0.2");
        await Eventually.HoldsAsync(async () => await proxy.Client.GetStringAsync("/") == "new", "requests go to the new address");
        gate.SetResult();

        Assert.Equal("late", await late);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.2", "127.0.0.1")]
    [InlineData]
    public async Task As_long_as_the_name_stands_for_the_address_too_or_is_not_known_for_a_while_connections_stay(params string[] addresses)
    {
        await using var proxy = await StartAsync();
        await proxy.Client.GetStringAsync("/");
        _names.Set(Name, addresses);
        var before = _names.Lookups;

        await Eventually.HoldsAsync(
            async () =>
            {
                await proxy.Client.GetStringAsync("/");
                return _names.Lookups >= before + 3;
            },
            "the name was looked up three times");

        Assert.Equal((1, 0), (_old.Connections, _new.Connections));
    }

    private Task<ProxyHost> StartAsync() =>
        ProxyHost.StartAsync(_names, new Dictionary<string, string?> { ["Clusters:web:HttpClient:DnsRefreshInterval"] = "10ms" }, _old.AddressAs(Name));
}
