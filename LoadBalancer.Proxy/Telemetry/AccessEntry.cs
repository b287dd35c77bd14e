using System.Net;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>What the access log tells of a request. It is over the engine's own memory. Text is Latin-1, as it is on the wire.</summary>
internal readonly ref struct AccessEntry
{
    /// <summary>When the request began.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The address of its client, behind the proxies that are trusted; null when it has none.</summary>
    public required IPAddress? Client { get; init; }

    /// <summary>The name of its user, where the proxy asked for a password; null where it has none.</summary>
    public string? User { get; init; }

    /// <summary>Its method; empty where the request could not be read, as are target, host and protocol.</summary>
    public required ReadOnlySpan<char> Method { get; init; }

    /// <summary>Its target as the client wrote it.</summary>
    public required ReadOnlySpan<char> Target { get; init; }

    /// <summary>The host that it asks for.</summary>
    public required ReadOnlySpan<char> Host { get; init; }

    /// <summary>Its version of HTTP, as in <c>HTTP/1.1</c>.</summary>
    public required ReadOnlySpan<char> Protocol { get; init; }

    /// <summary>Its header fields.</summary>
    public required IFields Fields { get; init; }

    /// <summary>Its id.</summary>
    public required ReadOnlySpan<char> RequestId { get; init; }

    /// <summary>The status of its answer.</summary>
    public required int Status { get; init; }

    /// <summary>How many bytes of the body of its answer were sent.</summary>
    public required long Bytes { get; init; }

    /// <summary>The route that it matched, or null.</summary>
    public required string? Route { get; init; }

    /// <summary>The cluster that served it, or null.</summary>
    public required string? Cluster { get; init; }

    /// <summary>The destination of its last attempt, or null.</summary>
    public required string? Destination { get; init; }

    /// <summary>How many attempts there were.</summary>
    public required int Attempts { get; init; }

    /// <summary>How long it took, in ticks of 100 ns.</summary>
    public required long Total { get; init; }

    /// <summary>How long the last attempt waited for a connection; null where it had none.</summary>
    public required long? Connect { get; init; }

    /// <summary>How long it took from the beginning until the head of the answer was there; null where no destination answered.</summary>
    public required long? FirstByte { get; init; }

    /// <summary>The tag of what it ended in.</summary>
    public required string Outcome { get; init; }
}
