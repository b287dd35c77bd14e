using LoadBalancer.Proxy.Engines;
using LoadBalancer.Testing;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.Proxy.UnitTests.Engines;

public sealed class ConnectionBudgetTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _clock = new();
    private readonly RecordedLogs _logs = new();
    private readonly LoggerFactory _loggers;
    private readonly ConnectionBudget _budget;

    public ConnectionBudgetTests()
    {
        _loggers = new LoggerFactory([_logs]);
        _budget = new ConnectionBudget(1, _clock, _loggers.CreateLogger<ConnectionBudget>());
    }

    public void Dispose() => _loggers.Dispose();

    [Theory]
    [InlineData(65536, 200, 30620)]
    [InlineData(1024, 200, 380)]
    [InlineData(400, 200, 68)]
    [InlineData(64, 200, 8)]
    public void Clients_get_half_of_what_is_left_of_the_limit_and_some_at_least(int limit, int inUse, int capacity) =>
        Assert.Equal(capacity, ConnectionBudget.CapacityWithin(limit, inUse));

    [Fact]
    public void Where_no_limit_is_known_there_is_none() => Assert.Null(ConnectionBudget.CapacityWithin(limit: null, inUse: 200));

    [Fact]
    public void Without_a_limit_nobody_waits()
    {
        var budget = new ConnectionBudget(null, _clock, _loggers.CreateLogger<ConnectionBudget>());

        Assert.All(Enumerable.Range(0, 100), _ => Assert.True(Enter(budget).IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Who_finds_no_place_waits_until_a_connection_is_closed()
    {
        await Enter(_budget);
        _budget.Opened();
        var waiting = Enter(_budget);
        var before = waiting.IsCompleted;

        _budget.Closed();

        await waiting.InTime();
        Assert.False(before);
    }

    [Fact]
    public async Task The_operator_may_allow_fewer_but_not_more_than_there_is_room_for()
    {
        var budget = new ConnectionBudget(3, _clock, _loggers.CreateLogger<ConnectionBudget>());
        budget.Limit(2);
        await Enter(budget);
        await Enter(budget);
        var third = Enter(budget);
        var (few, before) = (budget.Capacity, third.IsCompleted);

        budget.Limit(10);

        await third.InTime();
        Assert.Equal((2, false, 3, false), (few, before, budget.Capacity, Enter(budget).IsCompleted));
        Assert.Contains("Limits:MaxConnections", _logs.Records[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_more_open_than_allowed_those_that_close_make_no_room_until_there_is_some()
    {
        var budget = new ConnectionBudget(null, _clock, _loggers.CreateLogger<ConnectionBudget>());
        await Enter(budget);
        await Enter(budget);
        budget.Limit(1);
        var waiting = Enter(budget);
        budget.Leave();
        var before = waiting.IsCompleted;

        budget.Leave();

        await waiting.InTime();
        Assert.False(before);
    }

    [Fact]
    public async Task A_place_that_no_connection_took_is_given_back()
    {
        await Enter(_budget);

        _budget.Leave();

        Assert.True(Enter(_budget).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Connections_are_counted_while_they_are_open()
    {
        await Enter(_budget);
        var before = _budget.Open;
        _budget.Opened();
        var open = _budget.Open;
        _budget.Closed();

        Assert.Equal((0, 1, 0), (before, open, _budget.Open));
    }

    [Fact]
    public async Task Who_does_not_want_to_wait_any_more_does_not()
    {
        await Enter(_budget);
        using var unbound = new CancellationTokenSource();
        var waiting = _budget.EnterAsync(unbound.Token).AsTask();

        await unbound.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.InTime());
    }

    [Fact]
    public async Task A_shortage_is_told_once_however_many_come_and_go_in_it()
    {
        await Enter(_budget);
        for (var i = 0; i < 5; i++)
        {
            var waiting = Enter(_budget);
            _clock.Advance(Minute / 2);
            _budget.Leave();
            await waiting.InTime();
        }

        Assert.Equal(LogLevel.Warning, Assert.Single(_logs.Records).Level);
    }

    [Fact]
    public async Task A_shortage_after_a_minute_without_one_is_told_again()
    {
        await Enter(_budget);
        for (var i = 0; i < 2; i++)
        {
            var waiting = Enter(_budget);
            _budget.Leave();
            await waiting.InTime();
            _clock.Advance(Minute);
        }

        Assert.Equal(2, _logs.Records.Count);
    }

    [Fact]
    public async Task After_a_failed_accept_there_is_a_pause_and_one_warning_with_the_reason()
    {
        for (var i = 0; i < 3; i++)
        {
            var pause = _budget.PauseAsync("Too many open files", CancellationToken.None);
            Assert.False(pause.IsCompleted);
            _clock.Advance(TimeSpan.FromSeconds(1));
            await pause.InTime();
        }

        Assert.Contains("(Too many open files)", Assert.Single(_logs.Records).Message, StringComparison.Ordinal);
    }

    private static Task Enter(ConnectionBudget budget) => budget.EnterAsync(CancellationToken.None).AsTask();
}
