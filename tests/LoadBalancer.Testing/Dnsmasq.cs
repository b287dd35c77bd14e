using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace LoadBalancer.Testing;

/// <summary>The DNS server dnsmasq, on a port of loopback, with names of the test's.</summary>
public sealed class Dnsmasq : IAsyncDisposable
{
    private static readonly string[] Places = ["/usr/sbin/dnsmasq", "/usr/local/sbin/dnsmasq", "/opt/homebrew/sbin/dnsmasq"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dnsmasq-");
    private readonly string[] _options;
    private readonly int _port;
    private Process? _process;

    private Dnsmasq(int port, string[] options) => (_port, _options) = (port, options);

    /// <summary>Whether it is installed.</summary>
    public static bool IsThere => Program is not null;

    /// <summary>Whether its tests must run, as in CI, where a test that is skipped would be one that nobody misses.</summary>
    public static bool IsRequired => Environment.GetEnvironmentVariable("LB_DNSMASQ") == "required";

    /// <summary>Where it is asked.</summary>
    public string Address => $"127.0.0.1:{_port}";

    private static string? Program => Array.Find(Places, File.Exists);

    private string Hosts => Path.Combine(_folder.FullName, "hosts");

    /// <summary>Starts one that has no names but those of its options and of <see cref="SetAsync"/>.</summary>
    public static async Task<Dnsmasq> StartAsync(params string[] options)
    {
        var server = new Dnsmasq(FreePort.Next(), options);
        await File.WriteAllTextAsync(server.Hosts, "");
        await server.RestartAsync();
        return server;
    }

    /// <summary>Lets a name have these addresses.</summary>
    public async Task SetAsync(string name, params IEnumerable<string> addresses)
    {
        await File.WriteAllLinesAsync(Hosts, addresses.Select(address => $"{address} {name}"));
        using var hangUp = Process.Start("kill", ["-HUP", $"{_process!.Id}"]);
        await hangUp.WaitForExitAsync();
    }

    /// <summary>Ends it, so that nobody answers.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync().InTime();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>Starts it again.</summary>
    public async Task RestartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(
            Program!,
            [
                "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", $"--log-facility={Path.Combine(_folder.FullName, "log")}", "--user=root", "--group=root", "--no-resolv", "--no-hosts", "--local=/test/",
                "--listen-address=127.0.0.1", "--bind-interfaces", $"--port={_port}", $"--addn-hosts={Hosts}", "--local-ttl=1", .. _options,
            ]))!;
        await Eventually.HoldsAsync(ListensAsync, $"dnsmasq listens at {Address}");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Delete(recursive: true);
    }

    private async Task<bool> ListensAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
