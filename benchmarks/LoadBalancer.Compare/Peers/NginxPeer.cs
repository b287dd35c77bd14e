using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Peers;

/// <summary>nginx, without health probes, which it has only in its commercial edition.</summary>
internal sealed class NginxPeer(string? program) : Peer("nginx", program)
{
    /// <inheritdoc />
    public override Task<string> ReadVersionAsync(CancellationToken cancellationToken) => AskVersionAsync("-v", cancellationToken);

    /// <inheritdoc />
    public override Launch Prepare(PeerSetup setup) => NginxFile.Write(Program, "nginx", Http(setup), setup.Folder, setup.Scenario.Connections, setup.Scenario.Threads);

    // Without "reuseport" one of two workers takes nearly all connections.
    // With fewer idle connections than clients it would connect anew all the time; with a smaller buffer than the bodies it would write them to a file first.
    private static string Http(PeerSetup setup) => $$"""
                map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
                client_body_buffer_size 64k;
                upstream web {
            {{string.Join('\n', setup.DestinationAddresses.Select(address => $"        server {address};"))}}
                    keepalive {{Math.Max(256, 2 * setup.Scenario.Clients)}};
                    keepalive_requests 1000000000;
                    keepalive_timeout 1h;
                }
                server {
                    listen 127.0.0.1:{{setup.Port}} backlog=4096{{(setup.Scenario.Threads > 1 ? " reuseport" : "")}};
                    location / {
                        proxy_pass http://web;
                        proxy_http_version 1.1;
                        {{(setup.Scenario.IsTunnel ? "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;" : "proxy_set_header Connection \"\";")}}
                        proxy_set_header Host $http_host;
                        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                        proxy_set_header Via "1.1 nginx";
                        add_header Via "1.1 nginx" always;
                    }
                }
        """;
}
