using System.Net;
using System.Net.Sockets;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class ConnectorTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Dictionary<string, TaskCompletionSource<Stream>> _attempts = [];
    private readonly List<string> _tried = [];

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task An_address_is_not_looked_up(string address)
    {
        var connect = ConnectAsync(new Connector((_, _) => throw new InvalidOperationException("It was looked up."), Attempt, _clock), address);

        Succeed(address);

        Assert.Equal(IPAddress.Parse(address), (await connect.InTime()).Address);
    }

    [Fact]
    public async Task The_families_take_turns_beginning_with_the_preferred_one()
    {
        var connect = ConnectAsync(To("::1", "::2", "::3", "10.0.0.1", "10.0.0.2"));

        await FailAllAsync(connect, 5);

        Assert.Equal(["::1", "10.0.0.1", "::2", "10.0.0.2", "::3"], _tried);
    }

    [Fact]
    public async Task An_address_that_fails_is_followed_by_the_next_at_once()
    {
        var connect = ConnectAsync(To("::1", "10.0.0.1"));

        Fail("::1");
        await TriedAsync(2);
        Succeed("10.0.0.1");

        Assert.Equal(IPAddress.Parse("10.0.0.1"), (await connect.InTime()).Address);
    }

    [Fact]
    public async Task An_address_that_says_nothing_is_joined_by_the_next_after_a_quarter_of_a_second()
    {
        var connect = ConnectAsync(To("::1", "10.0.0.1"));
        await _clock.WaitForTimersAsync(1);
        _clock.Advance(TimeSpan.FromMilliseconds(249));
        Assert.Equal(["::1"], _tried);

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await TriedAsync(2);
        Succeed("10.0.0.1");

        Assert.Equal(IPAddress.Parse("10.0.0.1"), (await connect.InTime()).Address);
    }

    [Fact]
    public async Task The_first_may_still_win_after_the_second_has_started()
    {
        var connect = ConnectAsync(To("::1", "10.0.0.1"));
        await SecondStartedAsync();

        Succeed("::1");

        Assert.Equal(IPAddress.Parse("::1"), (await connect.InTime()).Address);
    }

    [Fact]
    public async Task Those_that_did_not_win_are_cancelled()
    {
        var connect = ConnectAsync(To("::1", "10.0.0.1"));
        await SecondStartedAsync();

        Succeed("10.0.0.1");
        await connect.InTime();

        Assert.True(_attempts["::1"].Task.IsCanceled);
    }

    [Fact]
    public async Task One_that_connects_too_late_is_closed()
    {
        var late = new Closing();
        var stubborn = new TaskCompletionSource<Stream>();
        var connector = new Connector(
            (_, _) => Task.FromResult(new[] { IPAddress.Parse("::1"), IPAddress.Parse("10.0.0.1") }),
            (to, _) => to.AddressFamily == AddressFamily.InterNetworkV6 ? stubborn.Task : Task.FromResult<Stream>(new MemoryStream()),
            _clock);
        var connect = connector.ConnectAsync("name", 80, CancellationToken.None).AsTask();
        await _clock.WaitForTimersAsync(1);
        _clock.Advance(AddressLookup.AttemptDelay);
        await connect.InTime();

        stubborn.SetResult(late);

        Assert.True(late.IsClosed);
    }

    [Fact]
    public async Task When_all_fail_the_last_says_why()
    {
        var connect = ConnectAsync(To("::1", "10.0.0.1"));

        Fail("::1", SocketError.NetworkUnreachable);
        await TriedAsync(2);
        Fail("10.0.0.1", SocketError.ConnectionRefused);

        var failure = await Assert.ThrowsAsync<ConnectException>(() => connect.InTime());
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task A_name_without_an_address_is_unknown()
    {
        var failure = await Assert.ThrowsAsync<ConnectException>(() => ConnectAsync(To()).InTime());

        Assert.Equal(SocketError.HostNotFound, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
    }

    [Theory]
    [InlineData("::1")]
    [InlineData("::1", "10.0.0.1")]
    public async Task Giving_up_cancels_every_attempt(params string[] addresses)
    {
        using var giveUp = new CancellationTokenSource();
        var connect = To(addresses).ConnectAsync("name", 80, giveUp.Token).AsTask();
        await TriedAsync(1);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connect.InTime());
        Assert.True(_attempts["::1"].Task.IsCanceled);
    }

    private static Task<(Stream Stream, IPAddress Address)> ConnectAsync(Connector connector, string host = "name") =>
        connector.ConnectAsync(host, 80, CancellationToken.None).AsTask();

    private Connector To(params string[] addresses) => new((_, _) => Task.FromResult(Array.ConvertAll(addresses, IPAddress.Parse)), Attempt, _clock);

    private Task<Stream> Attempt(IPEndPoint to, CancellationToken cancellationToken)
    {
        var attempt = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellationToken.Register(() => attempt.TrySetCanceled(cancellationToken));
        lock (_tried)
        {
            _attempts[to.Address.ToString()] = attempt;
            _tried.Add(to.Address.ToString());
        }

        return attempt.Task;
    }

    private async Task SecondStartedAsync()
    {
        await _clock.WaitForTimersAsync(1);
        _clock.Advance(AddressLookup.AttemptDelay);
        await TriedAsync(2);
    }

    private async Task FailAllAsync(Task connect, int count)
    {
        for (var i = 1; i <= count; i++)
        {
            await TriedAsync(i);
            Fail(_tried[i - 1]);
        }

        await Assert.ThrowsAsync<ConnectException>(() => connect.InTime());
    }

    private Task TriedAsync(int count) => Eventually.HoldsAsync(
        () =>
        {
            lock (_tried)
            {
                return _tried.Count >= count;
            }
        },
        $"{count} addresses were tried");

    private void Succeed(string address) => _attempts[address].SetResult(new MemoryStream());

    private void Fail(string address, SocketError error = SocketError.ConnectionRefused) => _attempts[address].SetException(new SocketException((int)error));

    private sealed class Closing : MemoryStream
    {
        public bool IsClosed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsClosed = true;
            base.Dispose(disposing);
        }
    }
}
