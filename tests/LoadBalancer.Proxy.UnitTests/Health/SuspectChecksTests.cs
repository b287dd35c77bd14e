using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Health;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.UnitTests.Health;

public sealed class SuspectChecksTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordedLogs _logs = new();
    private readonly LoggerFactory _loggers;
    private readonly ClusterRegistry _registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));
    private readonly SuspectChecks _checks;
    private Func<CancellationToken, Task> _answer = _ => Task.CompletedTask;
    private int _tries;

    public SuspectChecksTests()
    {
        _loggers = new LoggerFactory([_logs]);
        _checks = new SuspectChecks(_registry, ConnectAsync, _clock, _loggers.CreateLogger<SuspectChecks>());
        _ = _checks.StartAsync(CancellationToken.None);
    }

    private Destination A => _registry.Find("web")!.Named("a");

    public async ValueTask DisposeAsync()
    {
        await _checks.StopAsync(CancellationToken.None);
        _checks.Dispose();
        _loggers.Dispose();
    }

    [Fact]
    public void A_suspect_destination_is_connected_to_at_once_and_suspect_no_more_when_that_succeeds()
    {
        Suspect();

        Assert.Equal((false, 1), (A.IsSuspect, _tries));
    }

    [Fact]
    public async Task One_that_still_takes_no_connection_is_tried_again_after_a_pause()
    {
        _answer = Refuse;
        Suspect();
        Assert.True(A.IsSuspect);

        _answer = _ => Task.CompletedTask;
        await _clock.WaitForTimersAsync(1);
        _clock.Advance(SuspectChecks.Pause);

        await Eventually.HoldsAsync(() => !A.IsSuspect, "the destination is suspect no more");
        Assert.Equal(2, _tries);
    }

    [Fact]
    public async Task A_connect_that_hangs_is_given_up_after_the_connect_timeout_of_the_cluster()
    {
        _answer = cancelled => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancelled);
        Suspect();
        await _clock.WaitForTimersAsync(1);

        _clock.Advance(TimeSpan.FromSeconds(5));
        await _clock.WaitForTimersAsync(1);

        Assert.Equal((true, 1), (A.IsSuspect, _tries));
    }

    [Fact]
    public async Task A_destination_that_is_removed_is_not_tried_any_more()
    {
        _answer = Refuse;
        Suspect();
        await _clock.WaitForTimersAsync(1);

        _registry.Apply([Make.Cluster("web", new(), "b")]);
        _clock.Advance(SuspectChecks.Pause);

        await Eventually.HoldsAsync(() => _clock.ArmedTimers == 0, "the check has ended");
        Assert.Equal(1, _tries);
    }

    [Fact]
    public void The_log_tells_who_becomes_suspect_and_who_is_so_no_more()
    {
        Suspect();

        Assert.Equal(
            ["Warning the following host is suspect a (connect timeout), and picked last until it takes a connection", "Information the following host takes connections again a"],
            _logs.Records.Select(record => $"{record.Level} {record.Message}"));
    }

    private static Task Refuse(CancellationToken cancelled) => Task.FromException(new IOException("Refused."));

    private Task ConnectAsync(Uri address, HttpClientOptions options, CancellationToken cancelled)
    {
        Assert.Equal(A.Address, address);
        _tries++;
        return _answer(cancelled);
    }

    private void Suspect()
    {
        A.TryBegin();
        A.End(new AttemptResult(Outcome.ConnectTimeout), now: 0);
    }
}
