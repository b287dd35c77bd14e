using System.Globalization;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Peers;

/// <summary>Caddy, which adds X-Forwarded-For by itself.</summary>
/// <param name="program">The file of its program; null when it is not installed.</param>
internal sealed class CaddyPeer(string? program) : Peer("caddy", program)
{
    /// <inheritdoc />
    public override async Task<string> ReadVersionAsync(CancellationToken cancellationToken) => $"Caddy {await AskVersionAsync("version", cancellationToken)}";

    /// <inheritdoc />
    public override Launch Prepare(PeerSetup setup)
    {
        // By default it keeps 32 connections to a destination, and opens and closes those beyond them all the time.
        var file = setup.Folder.Write("Caddyfile", $$"""
            {
                admin off
                auto_https off
                log {
                    level ERROR
                }
            }
            http://:{{setup.Port}} {
                bind 127.0.0.1
                reverse_proxy {{string.Join(' ', setup.DestinationAddresses)}} {
                    lb_policy round_robin
                    health_uri {{PeerSetup.HealthPath}}
                    health_interval {{PeerSetup.HealthSeconds}}s
                    header_up Via "1.1 caddy"
                    header_down Via "1.1 caddy"
                    transport http {
                        keepalive_idle_conns_per_host {{Math.Max(256, 2 * setup.Scenario.Clients)}}
                    }
                }
            }

            """);
        return new Launch(Program, "run", "--config", file, "--adapter", "caddyfile")
        {
            WorkingFolder = setup.Folder.Create(Name),
            Environment = new Dictionary<string, string>
            {
                ["GOMAXPROCS"] = setup.Scenario.Threads.ToString(CultureInfo.InvariantCulture),

                // It writes its configuration and its certificates there.
                ["HOME"] = setup.Folder.Create("caddy-home"),
            },
        };
    }
}
