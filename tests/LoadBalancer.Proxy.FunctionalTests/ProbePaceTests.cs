using System.Net;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>How soon the proxy finds out. Times are printed; what is asserted has at least five times of what is expected.</summary>
public sealed class ProbePaceTests(ITestOutputHelper output)
{
    private const string Active = "Clusters:web:HealthCheck:Active:";

    [Fact]
    public async Task A_destination_that_comes_up_after_the_proxy_is_used_within_half_a_second()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await a.StopAsync();
        await using var proxy = await ProxyHost.StartAsync(Probes(), a.Address);
        await proxy.WaitForHealthAsync("a", "Unhealthy");

        a.Restart();
        var took = await MeasureAsync(() => AnswersAsync(proxy, HttpStatusCode.OK));

        output.WriteLine($"used {took.TotalMilliseconds:0} ms after it came up");
        Assert.True(took < 5 * TimeSpan.FromMilliseconds(500), $"it took {took}");
    }

    [Fact]
    public async Task A_connection_that_is_refused_triggers_a_probe_at_once()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await ProxyHost.StartAsync(Probes(("Fall", "1")), a.Address, b.Address);
        await proxy.WaitForHealthAsync("a", "Healthy");
        await proxy.WaitForHealthAsync("b", "Healthy");

        await a.StopAsync();
        await proxy.Client.GetStringAsync("/");
        await proxy.Client.GetStringAsync("/");
        var took = await MeasureAsync(async () => (await proxy.DescribeAsync("a")).GetProperty("health").GetString() == "Unhealthy");

        output.WriteLine($"unhealthy {took.TotalMilliseconds:0} ms after the refused connection");
        Assert.Equal("connection refused", (await proxy.DescribeAsync("a")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_destination_is_out_within_interval_times_fall_and_timeout_and_back_within_interval_times_rise_and_timeout()
    {
        var (interval, timeout) = (TimeSpan.FromMilliseconds(600), TimeSpan.FromMilliseconds(300));
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(
            Probes(("Interval", "600ms"), ("Timeout", "300ms"), ("FastInterval", "100ms"), ("Fall", "3"), ("Rise", "2")), a.Address);
        await proxy.WaitForHealthAsync("a", "Healthy");

        a.Health = Behave.Hang();
        var down = await MeasureAsync(() => AnswersAsync(proxy, HttpStatusCode.ServiceUnavailable));
        a.Health = Behave.Ok("");
        var up = await MeasureAsync(() => AnswersAsync(proxy, HttpStatusCode.OK));

        output.WriteLine($"out after {down.TotalMilliseconds:0} ms of {((3 * interval) + timeout).TotalMilliseconds:0}, back after {up.TotalMilliseconds:0} ms of {((2 * interval) + timeout).TotalMilliseconds:0}");
        Assert.True(down < 5 * ((3 * interval) + timeout) && up < 5 * ((2 * interval) + timeout), $"out after {down}, back after {up}");
    }

    private static async Task<bool> AnswersAsync(ProxyHost proxy, HttpStatusCode status)
    {
        using var answer = await proxy.Client.GetAsync("/");
        return answer.StatusCode == status;
    }

    private static async Task<TimeSpan> MeasureAsync(Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        await Eventually.HoldsAsync(condition, "the proxy has found out");
        return TimeProvider.System.GetElapsedTime(started);
    }

    private static Dictionary<string, string?> Probes(params (string Key, string? Value)[] settings)
    {
        var all = ProxyHost.QuickProbes();
        all[Active + "Interval"] = "1h";
        foreach (var (key, value) in settings)
        {
            all[Active + key] = value;
        }

        return all;
    }
}
