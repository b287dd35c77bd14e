using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What becomes of the listeners when the configuration file moves them.</summary>
public abstract class ListenerReloadTests
{
    private const string NotReloaded = "configuration not reloaded, the last good one stays: ";

    [Fact]
    public async Task A_listener_that_cannot_be_opened_is_told_with_its_path_and_reason()
    {
        using var taken = new TakenAddress();
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));

        await run.ReloadAsync([$"main={taken.Url}"], NotReloaded, ("a", a));

        var record = Assert.Single(run.Proxy.Logs.Records, record => record.Level >= LogLevel.Error);
        Assert.StartsWith($"{NotReloaded}Listeners:main:Url: cannot listen on {taken.Url}: ", record.Message, StringComparison.Ordinal);
        Assert.EndsWith("lb.json)", record.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_this_machine_does_not_have_is_told_alike()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));

        await run.ReloadAsync(["main", "far=http://203.0.113.7:8099"], $"{NotReloaded}Listeners:far:Url: cannot listen on http://203.0.113.7:8099: ", ("a", a));

        Assert.Equal("a", await run.Proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task With_a_listener_that_cannot_be_opened_the_last_good_configuration_stays_as_a_whole()
    {
        using var taken = new TakenAddress();
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));

        await run.ReloadAsync([$"main={taken.Url}"], NotReloaded, ("b", b));

        Assert.Equal("a", await run.Proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Of_listeners_of_which_one_cannot_be_opened_none_is()
    {
        using var taken = new TakenAddress();
        var free = TakenAddress.Freed();
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));

        await run.ReloadAsync(["main", $"free={free}", $"taken={taken.Url}"], NotReloaded, ("a", a));

        await Eventually.RefusesAsync(free);
    }

    [Fact]
    public async Task A_listener_that_could_not_be_opened_is_opened_by_a_later_reload()
    {
        using var taken = new TakenAddress();
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        await run.ReloadAsync([$"main={taken.Url}"], NotReloaded, ("a", a));
        taken.Dispose();

        await run.ReloadAsync([$"main={taken.Url}"], ("a", a));

        using var client = new HttpClient { BaseAddress = new Uri(taken.Url) };
        Assert.Equal("a", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_listener_may_take_the_port_of_one_that_goes()
    {
        var address = TakenAddress.Freed();
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartAsync([$"main={address}"], ("a", a));

        await run.ReloadAsync([$"main=http://*:{new Uri(address).Port}"], ("a", a));

        await Eventually.HoldsAsync(() => run.Listening().Any(open => open.Contains("[::]", StringComparison.Ordinal)), "every address is listened on");
        Assert.Equal("a", await run.Proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_listener_that_moves_is_open_at_its_new_address_while_requests_at_the_old_one_go_on()
    {
        var gate = new TaskCompletionSource();
        var moved = TakenAddress.Freed();
        await using var a = new FakeDestination(Behave.After(gate.Task, Behave.Ok("late")));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        var old = run.Proxy.Client.GetStringAsync("/");
        await a.WaitForRequestAsync();

        await run.ReloadAsync([$"main={moved}"], ("b", b));

        using var client = new HttpClient { BaseAddress = new Uri(moved) };
        Assert.Equal("b", await client.GetStringAsync("/"));
        await Eventually.RefusesAsync(run.Proxy.Address);
        Assert.False(old.IsCompleted);
        gate.SetResult();
        Assert.Equal("late", await old);
    }

    [Fact]
    public async Task The_operators_listener_may_come_and_go()
    {
        var admin = TakenAddress.Freed();
        await using var a = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(["main", "admin=none"], ("a", a));
        using var client = new HttpClient { BaseAddress = new Uri(admin) };

        await run.ReloadAsync(["main", $"admin={admin}"], ("a", a));
        await Eventually.HoldsAsync(async () => await client.GetStringAsync("/health") == "Healthy", "the operator is answered");
        await run.ReloadAsync(["main", "admin=none"], ("a", a));
        await Eventually.RefusesAsync(admin);
        await run.ReloadAsync(["main", $"admin={admin}"], ("a", a));

        await Eventually.HoldsAsync(async () => await client.GetStringAsync("/health") == "Healthy", "the operator is answered again");
    }

    [Fact]
    public async Task The_operator_and_the_clients_may_swap_their_ports()
    {
        var (one, other) = (TakenAddress.Freed(), TakenAddress.Freed());
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartAsync([$"main={one}", $"admin={other}"], ("a", a));

        await run.ReloadAsync([$"main={other}", $"admin={one}"], ("a", a));

        await Eventually.HoldsAsync(async () => await AskAsync(other) == "a", "clients are served at the other port");
        Assert.Contains("clusters", await AskAsync(one), StringComparison.Ordinal);

        static async Task<string> AskAsync(string address)
        {
            try
            {
                using var client = new HttpClient { BaseAddress = new Uri(address) };
                return await client.GetStringAsync("/api/clusters");
            }
            catch (HttpRequestException exception)
            {
                return exception.Message;
            }
        }
    }
}
