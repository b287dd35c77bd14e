using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>What the operator is told of a destination's health: log records of each change, and the reason in the admin API.</summary>
public sealed class HealthReasonTests
{
    private static readonly string[] AttributeNames = ["lb.cluster", "lb.destination", "lb.from", "lb.to", "lb.reason"];

    public static TheoryData<string, Behaviour> Failures => new()
    {
        { "status code: 500", Behave.Answer(500, "") },
        { "status code: 404", Behave.Answer(404, "") },
        { "timeout", Behave.Hang() },
        { "connection closed", Behave.Close() },
        { "invalid answer", Behave.RawThenClose("nonsense\r\n\r\n") },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Log_and_admin_name_the_reason(string reason, Behaviour health)
    {
        await using var a = new FakeDestination { Health = health };
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(timeout: reason == "timeout" ? "200ms" : "1m"), a.Address);

        await proxy.Logs.WaitForAsync($"the following host is down a ({reason})");

        Assert.Equal(reason, (await proxy.DescribeAsync("a")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_refused_connection_is_a_reason()
    {
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(), DeadAddress.Refusing());

        await proxy.Logs.WaitForAsync("the following host is down a (connection refused)");

        Assert.Equal("connection refused", (await proxy.DescribeAsync("a")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_destination_that_takes_no_connection_in_time_is_down_for_a_timeout()
    {
        using var a = new FullBacklog();
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(timeout: "200ms"), a.Address);

        await proxy.Logs.WaitForAsync("the following host is down a (timeout)");
    }

    [Fact]
    public async Task A_destination_that_comes_up_is_told_with_what_changed_and_why()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(), a.Address);

        var record = await proxy.Logs.WaitForAsync("the following host is up");

        Assert.Equal((LogLevel.Information, "the following host is up a"), (record.Level, record.Message));
        Assert.Equal(["web", "a", "Unknown", "Healthy", "status code: 200"], Attributes(record));
    }

    [Fact]
    public async Task A_destination_that_goes_down_is_a_warning_with_what_changed_and_why()
    {
        await using var a = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(), a.Address);
        await proxy.WaitForHealthAsync("a", "Healthy");

        a.Health = Behave.Answer(500, "");
        var record = await proxy.Logs.WaitForAsync("the following host is down");

        Assert.Equal((LogLevel.Warning, "the following host is down a (status code: 500)"), (record.Level, record.Message));
        Assert.Equal(["web", "a", "Healthy", "Unhealthy", "status code: 500"], Attributes(record));
    }

    [Fact]
    public async Task A_verdict_that_stays_is_told_once()
    {
        var probes = new ScriptedProbes();
        await using var a = new FakeDestination { Health = probes.AnswerAsync };
        await using var proxy = await ProxyHost.StartAsync(ProxyHost.QuickProbes(), a.Address);

        await probes.FindAsync(200, 200, 200);

        Assert.Single(proxy.Logs.Records, record => record.Message.Contains("the following host is", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_time_of_the_verdict_is_that_of_its_change()
    {
        var clock = new ManualTimeProvider();
        var changed = clock.GetUtcNow();
        await using var a = new FakeDestination();
        var settings = ProxyHost.QuickProbes();
        settings["Clusters:web:HealthCheck:Active:Interval"] = "1h";
        await using var proxy = await ProxyHost.StartAsync(clock, settings, a.Address);
        await proxy.WaitForHealthAsync("a", "Healthy");

        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(changed, (await proxy.DescribeAsync("a")).GetProperty("since").GetDateTimeOffset());
    }

    private static IEnumerable<string?> Attributes(LogRecord record) =>
        AttributeNames.Select(name => record.Attributes.GetValueOrDefault(name));
}
