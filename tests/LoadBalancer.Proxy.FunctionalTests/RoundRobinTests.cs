using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

public sealed class RoundRobinTests
{
    [Fact]
    public async Task Sequential_requests_go_to_one_destination_after_the_other()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var c = new FakeDestination(Behave.Ok("c"));
        await using var proxy = await ProxyHost.StartAsync(a, b, c);

        var answers = new List<string>();
        for (var i = 0; i < 9; i++)
        {
            answers.Add(await proxy.Client.GetStringAsync("/"));
        }

        Assert.Equal("abcabcabc", string.Concat(answers));
    }

    [Fact]
    public async Task Sixty_four_clients_at_once_are_shared_out_exactly()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var c = new FakeDestination(Behave.Ok("c"));
        await using var proxy = await ProxyHost.StartAsync(a, b, c);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ =>
        {
            for (var i = 0; i < 15; i++)
            {
                await proxy.Client.GetStringAsync("/");
            }
        }));

        Assert.Equal([320, 320, 320], new[] { a, b, c }.Select(destination => destination.Requests.Count));
    }
}
