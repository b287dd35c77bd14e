using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.EmbeddedHost.Running;

/// <summary>Gives each endpoint its port, for the whole run of the application.</summary>
internal sealed class PortAllocator(IConfiguration configuration, Random random)
{
    // Below the ports that operating systems hand out to outgoing connections (32768 and up on Linux): a port from there could be
    // taken by somebody's connection while its resource is stopped, and the resource could not start again.
    private const int FirstPort = 20_000;
    private const int LastPort = 32_000;

    private readonly HashSet<int> _given = [];

    /// <exception cref="DistributedApplicationException">A port that was asked for is taken, or asked for twice.</exception>
    public void Allocate(IEnumerable<IResource> resources)
    {
        var endpoints = resources
            .SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>(), (resource, endpoint) => (resource, endpoint))
            .Where(pair => pair.endpoint.AllocatedEndpoint is null)
            .ToArray();

        // The fixed ones first, so that no free one is found on a number that somebody asked for.
        var wanted = endpoints.Where(pair => Wanted(pair.endpoint) is not null).ToLookup(pair => Wanted(pair.endpoint)!.Value);
        _given.UnionWith(wanted.Select(askers => askers.Key));
        foreach (var askers in wanted)
        {
            var port = askers.Key;
            var names = string.Join(" and by ", askers.Select(pair => $"'{pair.endpoint.Name}' of '{pair.resource.Name}'"));
            if (askers.Count() > 1)
            {
                throw new DistributedApplicationException($"Port {port} is asked for by {names}: {WithSetting("give one of them another", port)}");
            }
            if (!IsFree(port))
            {
                throw new DistributedApplicationException(
                    $"Port {port}, for the endpoint {names}, is in use: end the program that has it, {WithSetting("or choose another port", port)}");
            }
            Give(askers.Single().endpoint, port);
        }

        foreach (var (_, endpoint) in endpoints.Where(pair => pair.endpoint.AllocatedEndpoint is null))
        {
            Give(endpoint, FindFree());
        }
    }

    internal static bool IsFree(int port) =>
        CanListen(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback, port));

    private static int? Wanted(EndpointAnnotation endpoint) => (endpoint.Port ?? endpoint.TargetPort) is > 0 and var port ? port : null;

    private static void Give(EndpointAnnotation endpoint, int port)
    {
        endpoint.Port = port;
        endpoint.TargetPort = port;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, endpoint.TargetHost, port);
    }

    private static bool CanListen(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            // The machine has no such loopback address; nobody else can have the port there either.
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private int FindFree()
    {
        var start = random.Next(FirstPort, LastPort);
        for (var step = 0; step < LastPort - FirstPort; step++)
        {
            var port = FirstPort + ((start - FirstPort + step) % (LastPort - FirstPort));
            if (_given.Add(port) && IsFree(port))
            {
                return port;
            }
        }

        throw new DistributedApplicationException($"No port between {FirstPort} and {LastPort} is free.");
    }

    // The setting that holds the number is the one to change.
    private string WithSetting(string advice, int port)
    {
        var text = port.ToString(CultureInfo.InvariantCulture);
        var other = Enumerable.Range(1, 1000)
            .Select(step => port + step <= IPEndPoint.MaxPort ? port + step : port - step)
            .FirstOrDefault(candidate => !_given.Contains(candidate) && IsFree(candidate));
        var settings = configuration.AsEnumerable()
            .Where(pair => pair.Value == text && pair.Key.Contains(ConfigurationPath.KeyDelimiter, StringComparison.Ordinal))
            .Select(pair => pair.Key)
            .Order(StringComparer.Ordinal)
            .Select(key => $"--{key}={other}")
            .ToArray();
        return settings.Length == 0 ? advice : $"{advice}, for example with {string.Join(" or ", settings)}";
    }
}
