using System.Runtime.CompilerServices;
using System.Text;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What stands in requests to a destination because of its address, as bytes.</summary>
internal sealed class DestinationText
{
    // By what the snapshot says of it, which never changes.
    private static readonly ConditionalWeakTable<DestinationDefinition, DestinationText> Made = [];

    private DestinationText(DestinationDefinition definition)
    {
        PathPrefix = Encoding.Latin1.GetBytes(definition.Address.AbsolutePath.TrimEnd('/'));
        Authority = Encoding.Latin1.GetBytes(DestinationAddress.HostOf(definition.Address) is { } local ? local : definition.Address.IsDefaultPort ? definition.Address.IdnHost : $"{definition.Address.IdnHost}:{definition.Address.Port}");
        Host = definition.Host is { } host ? Encoding.Latin1.GetBytes(host) : null;
    }

    /// <summary>What the paths of requests are appended to; empty where the address has no path.</summary>
    public byte[] PathPrefix { get; }

    /// <summary>The host and port of the address, where HTTP/1.0 names no host.</summary>
    public byte[] Authority { get; }

    /// <summary>The <c>Host</c> to send instead of the client's; null for the client's.</summary>
    public byte[]? Host { get; }

    /// <summary>That of a member of a cluster. It is made once, and found without a lock.</summary>
    public static DestinationText Of(in Member member) => Made.GetValue(member.Definition, static definition => new DestinationText(definition));
}
