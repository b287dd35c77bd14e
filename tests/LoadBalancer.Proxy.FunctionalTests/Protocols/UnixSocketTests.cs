using System.Net.Sockets;
using LoadBalancer.Proxy.CommandLine;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines;
using LoadBalancer.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>Listeners that are files: Unix-domain sockets.</summary>
public sealed class UnixSocketTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-");
    private readonly TestAuthority _authority = new();

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _authority.Dispose();
    }

    private string Socket => Path.Combine(_folder.FullName, "lb.sock");

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task A_client_on_this_machine_is_served_and_has_no_address(string engine)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(engine, a);

        Assert.Equal("a 1.1 200", await AskAsync());
        Assert.Null(a.Requests[0].Header("X-Forwarded-For"));
        Assert.Equal($"http://unix:{Socket}", proxy.Addresses.Listeners.Single());
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task The_file_has_the_mode_that_is_wanted(string engine)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await StartAsync(engine, a, ("Listeners:main:SocketMode", "0620"));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite, Mode());
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task The_file_is_gone_after_a_stop_and_one_that_was_left_behind_is_no_hindrance(string engine)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        LeaveBehind();
        await using (await StartAsync(engine, a))
        {
            Assert.Equal("a 1.1 200", await AskAsync());
        }

        Assert.False(File.Exists(Socket));
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task One_that_somebody_listens_on_is_left_alone(string engine)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var first = await StartAsync(engine, a);

        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(engine, a));

        Assert.StartsWith($"Listeners:main:Url: cannot listen on http://unix:{Socket}: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal("a 1.1 200", await AskAsync());
    }

    // HTTP/2 makes it the web server's; without it, it was the event loop's.
    [Fact]
    public async Task A_reload_hands_it_from_one_engine_to_the_other_and_changes_its_mode()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var run = await ReloadingProxy.StartOnAsync(EngineOption.Auto, [$"main=http://unix:{Socket}"], ("a", a));
        var before = await AskAsync();

        await run.WriteAsync(
            $$"""
            {
              "Admin": { "Url": "http://127.0.0.1:0" },
              "Listeners": { "main": { "Url": "http://unix:{{Socket}}", "Protocols": "Http2", "SocketMode": "600" } },
              "Clusters": { "web": { "Destinations": { "a": { "Address": "{{a.Address}}" } } } }
            }
            """,
            "configuration reloaded");
        await Eventually.HoldsAsync(() => run.Proxy.Services.GetRequiredService<IEngine>().Addresses.Any(served => served.Engine == EngineKind.Kestrel), "the web server has it");

        Assert.Equal(("a 1.1 200", "a 2 200"), (before, await Curl.AskAsync("--unix-socket", Socket, "--http2-prior-knowledge", "http://localhost/")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Mode());
    }

    [Fact]
    public async Task A_file_that_is_no_socket_is_left_alone()
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await File.WriteAllTextAsync(Socket, "");

        var error = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync("Auto", a));

        Assert.Contains($"cannot listen on http://unix:{Socket}: a file is there that is no socket", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Socket));
    }

    [Theory]
    [InlineData("1.1", "--http1.1")]
    [InlineData("2", "--http2")]
    public async Task TLS_is_spoken_there_too(string version, string option)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        using var certificate = _authority.Issue("localhost");
        var (file, key) = _authority.WritePem("listener", certificate);
        await using var proxy = await StartAsync(
            "Auto", a, ("Listeners:main:Url", $"https://unix:{Socket}"), ("Listeners:main:Tls:Certificates:0:File", file), ("Listeners:main:Tls:Certificates:0:KeyFile", key));

        Assert.Equal($"a {version} 200", await Curl.AskAsync("--unix-socket", Socket, "--cacert", _authority.PemFile, option, "https://localhost/"));
    }

    [Fact]
    public async Task The_operator_may_have_one()
    {
        await using var proxy = await ProxyHost.StartAsync(new RunArguments
        {
            Admin = $"http://unix:{Socket}",
            Settings = new Dictionary<string, string?> { ["LoadBalancer:Clusters:web:Destinations:a:Address"] = "http://127.0.0.1:1" },
        });

        Assert.StartsWith("{", await Curl.AskAsync("--unix-socket", Socket, "http://localhost/api/clusters"), StringComparison.Ordinal);
        Assert.StartsWith("web (RoundRobin)", await StatusAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task That_nobody_listens_there_is_told_with_its_path() =>
        Assert.Equal($"cannot reach the admin listener at http://unix:{Socket} (there is no such socket). Is the proxy running? Another address: --admin", await StatusAsync());

    // As the operator types it.
    private async Task<string> StatusAsync()
    {
        using var told = new StringWriter();
        await new ProxyCommandLine(_ => throw new InvalidOperationException("Nothing was to run."), told, told).InvokeAsync(["status", "--admin", $"http://unix:{Socket}"]);
        return told.ToString().Trim();
    }

    private Task<string> AskAsync() => Curl.AskAsync("--unix-socket", Socket, "http://localhost/");

    // As a program does that is killed: the platform removes the file under the name that it was made with.
    private void LeaveBehind()
    {
        using (var socket = new System.Net.Sockets.Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, "other.sock")));
            File.Move(Path.Combine(_folder.FullName, "other.sock"), Socket);
        }

        Assert.True(File.Exists(Socket));
    }

    private UnixFileMode Mode() => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(Socket);

    private Task<ProxyHost> StartAsync(string engine, FakeDestination destination, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?> { ["Engine"] = engine, ["Listeners:main:Url"] = $"http://unix:{Socket}" };
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        return ProxyHost.StartAsync(all, destination.Address);
    }
}
