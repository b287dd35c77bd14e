using LoadBalancer.Compare.Processes;
using LoadBalancer.Compare.Scenarios;

namespace LoadBalancer.Compare.Peers;

/// <summary>HAProxy.</summary>
/// <param name="name">The name that tables and bars have for it.</param>
/// <param name="program">The file of its program; null when it is not installed.</param>
/// <param name="splices">Whether <c>option splice-auto</c> is set: by default it copies.</param>
internal sealed class HaproxyPeer(string name, string? program, bool splices) : Peer(name, program)
{
    /// <inheritdoc />
    public override bool TakesPartIn(Scenario scenario) => scenario.HasLargeBodies || !splices;

    /// <inheritdoc />
    public override Task<string> ReadVersionAsync(CancellationToken cancellationToken) => AskVersionAsync("-v", cancellationToken);

    /// <inheritdoc />
    public override Launch Prepare(PeerSetup setup)
    {
        var servers = setup.DestinationAddresses.Select((address, index) => $"    server d{index + 1} {address} check inter {PeerSetup.HealthSeconds}s");

        // By default the first request of a connection takes no connection to a destination that another has used, as those of the other proxies do.
        var file = setup.Folder.Write($"{Name}.cfg", $$"""
            global
                nbthread {{setup.Scenario.Threads}}
                maxconn {{Math.Max(4_000, setup.Scenario.Connections + 64)}}
            defaults
                mode http
                timeout connect 5s
                timeout client 1h
                timeout server 1h
                option forwardfor
                http-reuse always
                {{(splices ? "option splice-auto" : "")}}
            listen web
                bind 127.0.0.1:{{setup.Port}} backlog 4096
                balance roundrobin
                option httpchk GET {{PeerSetup.HealthPath}}
                http-request add-header Via "1.1 haproxy"
                http-response add-header Via "1.1 haproxy"
            {{string.Join('\n', servers)}}

            """);
        return new Launch(Program, "-db", "-f", file);
    }
}
