using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>A configuration that changes while the proxy finishes its last requests.</summary>
public sealed class ReloadDuringStopTests
{
    [Fact]
    public async Task The_requests_under_way_are_finished()
    {
        var gate = new TaskCompletionSource();
        await using var a = new FakeDestination(Behave.After(gate.Task, Behave.Ok("finished")));
        await using var b = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        var (answer, stop) = await StopWithRequestAsync(run, a);

        Change(run, ["main"], ("b", b));
        gate.SetResult();

        Assert.Equal("finished", await answer);
        await stop.InTime();
    }

    [Fact]
    public async Task Nobody_listens_where_a_listener_is_added()
    {
        var gate = new TaskCompletionSource();
        await using var a = new FakeDestination(Behave.After(gate.Task, Behave.Ok("finished")));
        await using var run = await ReloadingProxy.StartAsync(("a", a));
        var (answer, stop) = await StopWithRequestAsync(run, a);
        var added = TakenAddress.Freed();

        Change(run, ["main", $"second={added}"], ("a", a));

        await Eventually.RefusesAsync(added);
        gate.SetResult();
        await answer;
        await stop.InTime();
    }

    private static async Task<(Task<string> Answer, Task Stop)> StopWithRequestAsync(ReloadingProxy run, FakeDestination destination)
    {
        var answer = run.Proxy.Client.GetStringAsync("/");
        await destination.WaitForRequestAsync();
        var stop = run.Proxy.StopAsync();
        await Eventually.RefusesAsync(run.Proxy.Address);
        return (answer, stop);
    }

    // Whether the proxy still looks at its file is for it to decide.
    private static void Change(ReloadingProxy run, string[] listeners, params (string, FakeDestination)[] destinations)
    {
        run.Write(listeners, destinations);
        for (var second = 0; second < 5; second++)
        {
            run.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
