using System.Runtime.CompilerServices;
using LoadBalancer.Proxy.Clusters;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>What stands in requests to a destination because of its address, as bytes.</summary>
internal sealed class DestinationText
{
    private static readonly ConditionalWeakTable<DestinationDefinition, DestinationText> Made = [];

    /// <summary>What the paths of requests are appended to; empty where the address has no path.</summary>
    public byte[] PathPrefix { get; private init; } = [];

    /// <summary>The host and port of the address, where HTTP/1.0 names no host.</summary>
    public byte[] Authority { get; private init; } = [];

    /// <summary>The <c>Host</c> to send instead of the client's; null for the client's.</summary>
    public byte[]? Host { get; private init; }

    /// <summary>That of a member of a cluster. It is made once, and found without a lock.</summary>
    public static DestinationText Of(in Member member) => throw new NotImplementedException();
}
