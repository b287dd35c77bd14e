using LoadBalancer.Compare.Peers;
using LoadBalancer.Compare.Processes;
using LoadBalancer.Compare.Scenarios;

namespace LoadBalancer.Compare;

/// <summary>The three destinations: one nginx with one worker that listens on three ports.</summary>
internal static class Destinations
{
    /// <summary>How many there are.</summary>
    public const int Count = 3;

    /// <summary>The path whose answer tells which destination it comes from and what the proxy has added.</summary>
    public const string EchoPath = "/echo";

    /// <summary>Writes the configuration, and says how to start nginx with it.</summary>
    public static Launch Prepare(string nginx, IReadOnlyList<int> ports, WrkScenario scenario, WorkFolder folder) => NginxFile.Write(nginx, "destinations", $$"""
                server {
            {{string.Join('\n', ports.Select(port => $"        listen 127.0.0.1:{port} backlog=4096;"))}}
                    default_type text/plain;
                    location = {{PeerSetup.HealthPath}} { return 200; }
                    location = {{EchoPath}} { return 200 "$server_port|$http_x_forwarded_for|$http_via"; }
                    {{scenario.PrepareDestination(folder)}}
                }
        """, folder, scenario.Clients);
}
