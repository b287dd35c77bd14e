using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Peers;

/// <summary>HAProxy, copying: <c>option splice-auto</c> is not set.</summary>
internal sealed class HaproxyPeer(string? program) : Peer("haproxy", program)
{
    /// <inheritdoc />
    public override Task<string> ReadVersionAsync(CancellationToken cancellationToken) => AskVersionAsync("-v", cancellationToken);

    /// <inheritdoc />
    public override Launch Prepare(PeerSetup setup)
    {
        var servers = setup.DestinationAddresses.Select((address, index) => $"    server d{index + 1} {address} check inter {PeerSetup.HealthSeconds}s");

        // By default the first request of a connection takes no connection to a destination that another has used, as those of the other proxies do.
        var file = setup.Folder.Write("haproxy.cfg", $"""
            global
                nbthread 1
                maxconn 4000
            defaults
                mode http
                timeout connect 5s
                timeout client 1h
                timeout server 1h
                option forwardfor
                http-reuse always
            listen web
                bind 127.0.0.1:{setup.Port} backlog 4096
                balance roundrobin
                option httpchk GET {PeerSetup.HealthPath}
                http-request add-header Via "1.1 haproxy"
                http-response add-header Via "1.1 haproxy"
            {string.Join('\n', servers)}

            """);
        return new Launch(Program, "-db", "-f", file);
    }
}
