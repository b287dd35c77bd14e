using System.Globalization;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Executable;

/// <summary>Sockets that are open before the program runs, as systemd hands them over.</summary>
public sealed class SocketActivationTests : IDisposable
{
    // What systemd does: opens the sockets, starts the program with them as the descriptors from 3 on, and again when it has ended.
    private const string Supervisor = """
        import os, socket, sys
        held = []
        for port in [sys.argv[1]]:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", int(port)))
            listener.listen(128)
            held.append(os.dup(listener.fileno()))
            listener.close()
        while True:
            child = os.fork()
            if child == 0:
                high = [os.dup2(each, 100 + n) for n, each in enumerate(held)]
                for n, each in enumerate(high):
                    os.dup2(each, 3 + n, inheritable=True)
                os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(held)), LISTEN_FDNAMES=":".join(["http"] * len(held)))
                os.execvp(sys.argv[2], sys.argv[2:])
            print("started", child, flush=True)
            os.waitpid(child, 0)
            if not sys.stdin.readline():
                break
        """;

    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("kestrel")]
    [InlineData("eventloop")]
    public async Task A_connection_that_is_made_while_no_process_runs_is_served_by_the_next(string engine)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/python3"), "the supervisor is a script of python3");
        await using var destination = new FakeDestination(Behave.Ok("served"));
        var address = TakenAddress.Freed();
        await using var supervisor = ProxyProcess.StartUnder(
            _folder, ["python3", "-c", Supervisor, new Uri(address).Port.ToString(CultureInfo.InvariantCulture)], "--servers", new Uri(destination.Address).Authority, "--listen", address, "--admin", "none", "--engine", engine);
        await supervisor.WaitForAddressAsync();
        using (var first = await RawClient.ConnectAsync(address))
        {
            Assert.Equal("served", (await first.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Text);
        }

        ProxyProcess.End(int.Parse((await supervisor.WaitForEventAsync("started ")).Split(' ')[^1], CultureInfo.InvariantCulture));
        await supervisor.WaitForEventAsync("server shutdown complete");
        using var waiting = await RawClient.ConnectAsync(address);
        var answer = waiting.AskAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        supervisor.Type("again");

        Assert.Equal("served", (await answer.InTime()).Text);
    }

    [Fact]
    public async Task A_socket_at_an_address_of_no_listener_is_closed_and_told()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/python3"), "the supervisor is a script of python3");
        await using var supervisor = ProxyProcess.StartUnder(
            _folder, ["python3", "-c", Supervisor, "0"], "--servers", "127.0.0.1:1", "--listen", "http://127.0.0.1:0", "--admin", "none");

        var told = await supervisor.WaitForEventAsync("a listening socket at 127.0.0.1:");

        Assert.EndsWith(" was given to this process, and no listener has that address: it is closed", told, StringComparison.Ordinal);
    }
}
