using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using LoadBalancer.Proxy.Engines;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Testing;

/// <summary>The names that a proxy can look up, and their addresses, which may change.</summary>
public sealed class FakeNames
{
    private readonly ConcurrentDictionary<string, IPAddress[]> _addresses = new(StringComparer.OrdinalIgnoreCase);
    private int _lookups;

    /// <summary>How often a name was looked up.</summary>
    public int Lookups => Volatile.Read(ref _lookups);

    /// <summary>Lets a name stand for addresses, the preferred one first; for none, it is unknown.</summary>
    public FakeNames Set(string name, params string[] addresses)
    {
        _addresses[name] = Array.ConvertAll(addresses, IPAddress.Parse);
        return this;
    }

    /// <summary>Has a proxy ask here, and nowhere else.</summary>
    public void Serve(IServiceCollection services) => services.AddSingleton<NameLookup>((host, _) =>
    {
        Interlocked.Increment(ref _lookups);
        return _addresses.GetValueOrDefault(host) is { Length: > 0 } found
            ? Task.FromResult(found)
            : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));
    });
}
