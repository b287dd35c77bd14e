using System.Diagnostics;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>Clients that others have written, as users have them.</summary>
public sealed class RealClientTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("https", null)]
    [InlineData("http", "Http2")]
    public async Task Nghttp_gets_its_answer(string scheme, string? protocols)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProtocolProxy.StartAsync(_authority, scheme, protocols, null, a.Address);

        Assert.Equal("a", await RunAsync("nghttp", "nghttp2-client", "--no-verify-peer", $"{proxy.Address}/"));
    }

    [Theory]
    [InlineData("https", null)]
    [InlineData("http", "Http2")]
    public async Task H2load_gets_all_of_its_answers(string scheme, string? protocols)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var proxy = await ProtocolProxy.StartAsync(_authority, scheme, protocols, null, a.Address);

        var said = await RunAsync("h2load", "nghttp2-client", "-n", "500", "-c", "5", "-m", "10", $"{proxy.Address}/");

        Assert.Contains("500 succeeded, 0 failed, 0 errored", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https")]
    [InlineData("http")]
    public async Task The_WebSockets_of_Python_talk(string scheme)
    {
        const string script = """
            import asyncio, ssl, sys, websockets
            async def main(url, authority):
                trust = ssl.create_default_context(cafile=authority) if url.startswith("wss") else None
                async with websockets.connect(url, ssl=trust) as socket:
                    for message in ["hello", "x" * 50000, b"bytes"]:
                        await socket.send(message)
                        assert await socket.recv() == message
                    await (await socket.ping())
                print("closed", socket.close_code)
            asyncio.run(main(*sys.argv[1:]))
            """;
        await using var a = new FakeDestination(BehaveWebSocket.Echo());
        await using var proxy = await ProtocolProxy.StartAsync(_authority, scheme, null, null, a.Address);
        await ProgramAsync("/usr/bin/python3", "-c", "import websockets", "python3-websockets");

        Assert.Equal("closed 1000", await RunAsync("/usr/bin/python3", "python3-websockets", "-c", script, proxy.Address.Replace("http", "ws", StringComparison.Ordinal), _authority.PemFile));
    }

    // Runs a program to see whether what is needed is there.
    private static async Task ProgramAsync(string program, string option, string argument, string package)
    {
        if (!File.Exists(program) || (await EndAsync(program, [option, argument])).Code != 0)
        {
            Lacks(package);
        }
    }

    private static async Task<string> RunAsync(string program, string package, params string[] arguments)
    {
        if (!Path.IsPathRooted(program) && !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program))))
        {
            Lacks(package);
        }

        var (code, output, error) = await EndAsync(program, arguments);
        return code == 0 ? output.Trim() : $"exit {code}: {error}";
    }

    // In CI a test that is skipped would be one that nobody misses.
    private static void Lacks(string package)
    {
        var missing = $"{package} is not installed.";
        Assert.False(Environment.GetEnvironmentVariable("LB_CLIENTS") == "required", missing);
        Assert.Skip(missing);
    }

    private static async Task<(int Code, string Output, string Error)> EndAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().InTime();
        return (process.ExitCode, await output, await error);
    }
}
