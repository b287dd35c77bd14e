using System.Net;
using System.Net.Sockets;

/// <summary>The ports that the settings choose, of this machine.</summary>
internal sealed class FixedPorts
{
    private readonly IReadOnlyList<FixedPort> _ports;

    private FixedPorts(IReadOnlyList<FixedPort> ports) => _ports = ports;

    /// <summary>Where clients call; null where any free port will do.</summary>
    public int? Proxy => _ports.FirstOrDefault(port => port.Setting == "Ports:Proxy")?.Number;

    /// <summary>Where the operator calls; null where any free port will do.</summary>
    public int? Admin => _ports.FirstOrDefault(port => port.Setting == "Ports:Admin")?.Number;

    /// <summary>Reads the settings. Tests ask for free ports; the host would randomise only endpoints behind its own proxy, which ours never are.</summary>
    /// <exception cref="DistributedApplicationException">A port is none, or two are the same.</exception>
    public static FixedPorts Read(IDistributedApplicationBuilder builder)
    {
        var settings = builder.Configuration;
        List<FixedPort> ports = [];
        if (builder.HasFixedPorts)
        {
            ports.Add(new FixedPort(settings.Port("Ports:Proxy", 8080), "load balancer", "Ports:Proxy"));
            ports.Add(new FixedPort(settings.Port("Ports:Admin", 9901), "admin page", "Ports:Admin"));
            if (builder.ExecutionContext.IsRunMode && settings.HasDashboard)
            {
                ports.Add(new FixedPort(settings.DashboardPort, "dashboard", "Ports:Dashboard"));
            }
        }

        foreach (var (one, other) in ports.SelectMany((port, index) => ports.Skip(index + 1).Select(next => (port, next))).Where(pair => pair.port.Number == pair.next.Number))
        {
            throw new DistributedApplicationException(
                $"Port {one.Number} is meant for the {one.Use} and for the {other.Use}: choose another with --{one.Setting}=<port> or --{other.Setting}=<port>");
        }

        return new FixedPorts(ports);
    }

    /// <summary>Whether nobody listens on any of them.</summary>
    public bool AreFree => _ports.All(port => port.IsFree);

    /// <exception cref="DistributedApplicationException">Another program listens on one of them.</exception>
    public void EnsureFree()
    {
        if (_ports.FirstOrDefault(port => !port.IsFree) is { } taken)
        {
            throw new DistributedApplicationException(
                $"Port {taken.Number} of the {taken.Use} is taken by another program: choose another with --{taken.Setting}=<port>");
        }
    }

    /// <param name="Use">What listens on it.</param>
    /// <param name="Setting">The setting that chooses another.</param>
    private sealed record FixedPort(int Number, string Use, string Setting)
    {
        public bool IsFree => CanListen(IPAddress.Loopback) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback));

        private bool CanListen(IPAddress address)
        {
            using var listener = new TcpListener(address, Number);
            try
            {
                listener.Start();
                return true;
            }
            catch (SocketException exception)
            {
                // A machine may have no IPv6 on its loopback device.
                return exception.SocketErrorCode == SocketError.AddressNotAvailable;
            }
        }
    }
}
