using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Differential;

/// <summary>Another proxy before a destination, where it is installed.</summary>
internal sealed class PeerProxy : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-peer-");
    private readonly Process _process;

    private PeerProxy(string program, Func<string, int, string> configuration, Func<string, string[]> arguments)
    {
        Address = TakenAddress.Freed();
        var file = Path.Combine(_folder.FullName, "peer.conf");
        File.WriteAllText(file, configuration(_folder.FullName, new Uri(Address).Port));
        _process = Process.Start(new ProcessStartInfo(program, arguments(file)) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Address { get; }

    public static Task<PeerProxy?> StartNginxAsync(int destination) => StartNginxAsync(port => $$"""
        upstream web { server 127.0.0.1:{{destination}}; keepalive 8; }
        server {
          listen 127.0.0.1:{{port}};
          location / { proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_request_buffering off; }
        }
        """);

    public static Task<PeerProxy?> StartHaproxyAsync(int destination) => StartHaproxyAsync(port => $"""
        frontend in
          bind 127.0.0.1:{port}
          default_backend web
        backend web
          server a 127.0.0.1:{destination}
        """);

    /// <summary>An nginx that takes the PROXY protocol, and answers with whose connection it was told it got.</summary>
    public static Task<PeerProxy?> StartNginxToldAsync() => StartNginxAsync(port => $$"""
        server {
          listen 127.0.0.1:{{port}} proxy_protocol;
          location / { return 200 "$proxy_protocol_addr:$proxy_protocol_port $proxy_protocol_server_addr:$proxy_protocol_server_port"; }
        }
        """);

    /// <summary>A HAProxy that takes the PROXY protocol, and answers with whose connection it was told it got.</summary>
    public static Task<PeerProxy?> StartHaproxyToldAsync() => StartHaproxyAsync(port => $"""
        frontend in
          bind 127.0.0.1:{port} accept-proxy
          http-request return status 200 content-type text/plain lf-string "%[src]:%[src_port] %[dst]:%[dst_port]"
        """);

    private static Task<PeerProxy?> StartNginxAsync(Func<int, string> servers) => StartAsync(
        "nginx",
        (folder, port) => $$"""
            daemon off;
            master_process off;
            pid {{folder}}/pid;
            error_log stderr crit;
            events { }
            http {
              access_log off;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              {{servers(port)}}
            }
            """,
        file => ["-p", Path.GetDirectoryName(file)!, "-c", file]);

    private static Task<PeerProxy?> StartHaproxyAsync(Func<int, string> sections) => StartAsync(
        "haproxy",
        (_, port) => $"""
            defaults
              mode http
              timeout connect 2s
              timeout client 5s
              timeout server 5s
            {sections(port)}

            """,
        file => ["-f", file, "-db"]);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync().InTime();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    // Null where it is not installed.
    private static async Task<PeerProxy?> StartAsync(string name, Func<string, int, string> configuration, Func<string, string[]> arguments)
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin").Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        if (program is null)
        {
            return null;
        }

        var peer = new PeerProxy(program, configuration, arguments);
        await Eventually.HoldsAsync(peer.AcceptsAsync, $"{name} listens");
        return peer;
    }

    private async Task<bool> AcceptsAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, new Uri(Address).Port);
            return true;
        }
        catch (SocketException) when (!_process.HasExited)
        {
            return false;
        }
    }
}
