using System.Net;
using System.Net.Sockets;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Proxy.UnitTests.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Engines;

public sealed class ReservedSocketsTests : IDisposable
{
    private readonly ReservedSockets _sockets = new();

    public void Dispose() => _sockets.Dispose();

    [Fact]
    public async Task A_port_that_another_server_of_ours_is_about_to_close_is_waited_for()
    {
        var old = await TakeAsync(0);
        var port = ((IPEndPoint)old.LocalEndPoint!).Port;
        var wanted = TakeAsync(port);
        var before = wanted.IsCompleted;

        _sockets.Close(old);

        var socket = await wanted.InTime();
        Assert.Equal((false, port), (before, ((IPEndPoint)socket.LocalEndPoint!).Port));
        _sockets.Close(socket);
    }

    [Fact]
    public async Task A_port_that_somebody_else_has_is_not_waited_for()
    {
        using var taken = new TakenAddress();

        var exception = await Assert.ThrowsAsync<SocketException>(() => TakeAsync(new Uri(taken.Url).Port).InTime());

        Assert.Equal(SocketError.AddressAlreadyInUse, exception.SocketErrorCode);
    }

    [Fact]
    public async Task Waiting_ends_with_the_server()
    {
        var old = await TakeAsync(0);
        using var stopped = new CancellationTokenSource();
        var wanted = _sockets.TakeAsync(old.LocalEndPoint!, stopped.Token).AsTask();

        await stopped.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wanted.InTime());
        _sockets.Close(old);
    }

    [Fact]
    public async Task A_socket_that_is_taken_listens_whether_it_was_reserved_or_not()
    {
        var address = ListenAddress.Parse(TakenAddress.Freed()).Address!;
        _sockets.Reserve(address);

        foreach (var socket in (Socket[])[await TakeAsync(address.Port), await TakeAsync(0)])
        {
            Assert.NotEqual(0, socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection));
            _sockets.Close(socket);
        }
    }

    [Fact]
    public async Task A_socket_that_another_process_has_too_is_still_known_as_that_when_the_next_engine_has_it()
    {
        var address = ListenAddress.Parse(TakenAddress.Freed()).Address!;
        var inherited = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        inherited.Bind(new IPEndPoint(IPAddress.Loopback, address.Port));
        inherited.Listen();
        _sockets.Inherit([inherited], isSuccessor: false);
        _sockets.Reserve(address);
        var first = await TakeAsync(address.Port);
        _sockets.HandOver(address);
        _sockets.Close(first);

        var next = await TakeAsync(address.Port);

        Assert.Equal((inherited, true), (next, _sockets.IsHandedOver(next)));
        _sockets.Close(next);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_file_of_a_Unix_domain_socket_stays_only_for_a_process_that_serves_there(bool serves)
    {
        using var folder = new TempFolder();
        var file = folder["lb.sock"];
        _sockets.Reserve(ListenAddress.Parse($"http://unix:{file}").Address!);
        var socket = await _sockets.TakeAsync(new UnixDomainSocketEndPoint(file), CancellationToken.None);
        _sockets.GiveAway();
        if (serves)
        {
            _sockets.LeaveToSuccessor();
        }

        _sockets.Close(socket);

        Assert.Equal(serves, File.Exists(file));
    }

    [Fact]
    public async Task A_socket_that_was_reserved_is_the_one_that_is_taken()
    {
        var address = ListenAddress.Parse(TakenAddress.Freed()).Address!;
        _sockets.Reserve(address);

        var socket = await TakeAsync(address.Port);

        Assert.True(socket.IsBound);
        _sockets.Close(socket);
    }

    [Fact]
    public async Task Once_stopped_nothing_that_nobody_took_listens_and_nothing_more_is_reserved()
    {
        var (before, after) = (TakenAddress.Freed(), TakenAddress.Freed());
        _sockets.Reserve(ListenAddress.Parse(before).Address!);

        _sockets.Stop();

        Assert.Throws<OperationCanceledException>(() => _sockets.Reserve(ListenAddress.Parse(after).Address!));
        await Eventually.RefusesAsync(before);
        await Eventually.RefusesAsync(after);
    }

    private async Task<Socket> TakeAsync(int port) => await _sockets.TakeAsync(new IPEndPoint(IPAddress.Loopback, port), CancellationToken.None);
}
