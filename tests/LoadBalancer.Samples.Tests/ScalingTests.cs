using System.Globalization;
using System.Text.RegularExpressions;
using LoadBalancer.Samples.Tests.Containers;
using LoadBalancer.Testing;

namespace LoadBalancer.Samples.Tests;

/// <summary>Backends are started and stopped by the rule of <c>deploy/prometheus/alerts.yml</c>: as many as it takes for none to have more requests in flight than that says.</summary>
public sealed partial class ScalingTests : IAsyncLifetime
{
    private const string Name = "web.test";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeDns _dns = new();
    private readonly ConfigFile _file;
    private readonly int _port = FreePort.Next();
    private readonly List<Terminal> _backends = [];
    private readonly HttpClient _client = new();
    private Terminal? _proxy;

    public ScalingTests()
    {
        Proxy = new Uri($"http://127.0.0.1:{FreePort.Next()}/");
        Admin = new Uri($"http://127.0.0.1:{FreePort.Next()}/");
        _file = new ConfigFile($$"""
            {
              "Listeners": { "main": { "Url": "{{Proxy}}" } },
              "Admin": { "Url": "{{Admin}}" },
              "Clusters": {
                "web": {
                  "DrainTimeout": "1s",
                  "HealthCheck": { "Active": { "Enabled": true, "Path": "/health", "Interval": "1s" } },
                  "Discovery": { "Dns": { "Name": "{{Name}}", "Port": {{_port}}, "Servers": [ "{{_dns.Address}}" ], "MinimumInterval": "100ms" } }
                }
              }
            }
            """);
    }

    private Uri Proxy { get; }

    private Uri Admin { get; }

    // So many requests in flight a destination may have before the alert is raised.
    private static int Threshold => int.Parse(ScaleUp().Match(Repository.Read("deploy/prometheus/alerts.yml")).Groups["most"].Value, CultureInfo.InvariantCulture);

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsMacOS(), "The loopback of this system has one address.");
        await ScaleAsync(3);
        _proxy = Terminal.Start(Repository.Proxy, ["--config", _file.Path], []);
        await _proxy.WaitForAsync("the following host is up ", times: 3);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _proxy is null ? _backends : [_proxy, .. _backends])
        {
            await program.DisposeAsync();
        }

        await _dns.DisposeAsync();
        _client.Dispose();
        _file.Dispose();
    }

    [Fact]
    public async Task By_the_requests_in_flight_three_become_five_and_then_two_and_no_request_is_lost()
    {
        var lost = new List<string>();

        // :: More than three can bear, and no more than five.
        await using (var load = new SteadyLoad(Proxy, clients: Threshold * 9 / 2))
        {
            await ContainerRun.UntilAsync(async () => await ReadAsync() is { Available: 3 } read && read.InFlight / 3 > Threshold && Wanted(read) == 5, Patience, "the alert is raised, and asks for five");
            await ScaleAsync(5);
            await ContainerRun.UntilAsync(async () => await ReadAsync() is { Available: 5 } read && read.InFlight / 5 < Threshold, Patience, "five share the requests, and the alert is over");
            lost.AddRange((await load.EndAsync()).Lost);
        }

        // :: No more than two can bear.
        await using (var load = new SteadyLoad(Proxy, clients: Threshold * 8 / 5))
        {
            await ContainerRun.UntilAsync(async () => await ReadAsync() is { Available: 5 } read && Wanted(read) == 2, Patience, "two would be enough");
            await ScaleAsync(2);
            await ContainerRun.UntilAsync(async () => await ReadAsync() is { All: 2, Available: 2 } read && read.InFlight / 2 <= Threshold, Patience, "two share the requests");
            lost.AddRange((await load.EndAsync()).Lost);
        }

        Assert.Empty(lost);
    }

    // As an autoscaler has it: so many that none has more than the threshold.
    private static int Wanted((int InFlight, int Available, int All) read) => (read.InFlight + Threshold - 1) / Threshold;

    // Those that are started are found when they listen; those that are stopped are forgotten at the same time, and finish what they have.
    private async Task ScaleAsync(int count)
    {
        while (_backends.Count < count)
        {
            var address = $"http://127.0.0.{_backends.Count + 1}:{_port}";
            var backend = Terminal.Start(Repository.ProgramFile("LoadBalancer.Backend"), ["--listen", address], []);
            _backends.Add(backend);
            await backend.WaitForAsync("server listening on ");
            using var slow = await _client.PostAsync(new Uri($"{address}/faults/delay?ms=1000"), null, TestContext.Current.CancellationToken);
            Assert.True(slow.IsSuccessStatusCode);
        }

        _dns.Set(Name, 0, [.. Enumerable.Range(1, count).Select(n => $"127.0.0.{n}")]);
        foreach (var backend in _backends[count..])
        {
            await backend.InterruptAsync();
            await backend.DisposeAsync();
        }

        _backends.RemoveRange(count, _backends.Count - count);
    }

    private async Task<(int InFlight, int Available, int All)> ReadAsync()
    {
        var lines = (await _client.GetStringAsync(new Uri(Admin, "metrics"), TestContext.Current.CancellationToken)).Split('\n');
        return (Values("lb_destination_inflight").Sum(), Values("lb_destination_available").Sum(), Values("lb_destination_available").Length);

        int[] Values(string metric) => [.. lines.Where(line => line.StartsWith($"{metric}{{", StringComparison.Ordinal)).Select(line => int.Parse(Value().Match(line).Groups["value"].Value, CultureInfo.InvariantCulture))];
    }

    [GeneratedRegex(@"alert: LoadBalancerScaleUp\n.*?\(lb_destination_inflight\)\s+/ max by \(lb_cluster\) \(sum by \(lb_cluster, instance\) \(lb_destination_available\)\) > (?<most>\d+)\n", RegexOptions.Singleline)]
    private static partial Regex ScaleUp();

    [GeneratedRegex(@"\} (?<value>\d+)")]
    private static partial Regex Value();
}
