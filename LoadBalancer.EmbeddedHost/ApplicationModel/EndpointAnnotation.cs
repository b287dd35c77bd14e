using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>An address that a resource serves.</summary>
public sealed class EndpointAnnotation : IResourceAnnotation
{
    private int? _port;
    private int? _targetPort;

    /// <summary>Describes an endpoint; what is left out gets Aspire's defaults.</summary>
    /// <param name="protocol">The transport protocol.</param>
    /// <param name="uriScheme">Scheme of the address; default <c>tcp</c>.</param>
    /// <param name="transport">Application protocol; default <c>http</c> for an HTTP scheme.</param>
    /// <param name="name">Name of the endpoint; default the scheme.</param>
    /// <param name="port">The port that others connect to; null lets the host find a free one.</param>
    /// <param name="targetPort">The port that the program listens on.</param>
    /// <param name="isExternal">Whether it is meant for the world outside the application.</param>
    /// <param name="isProxied">Whether the host may stand between. This host never does.</param>
    public EndpointAnnotation(
        ProtocolType protocol,
        string? uriScheme = null,
        string? transport = null,
        string? name = null,
        int? port = null,
        int? targetPort = null,
        bool? isExternal = null,
        bool? isProxied = null)
    {
        Protocol = protocol;
        UriScheme = uriScheme ?? "tcp";
        Transport = transport ?? (UriScheme is "http" or "https" ? "http" : "tcp");
        Name = name ?? UriScheme;
        _port = port;
        _targetPort = targetPort;
        IsExternal = isExternal ?? false;
        IsProxied = isProxied ?? true;
    }

    /// <summary>The transport protocol.</summary>
    public ProtocolType Protocol { get; set; }

    /// <summary>Scheme of the address.</summary>
    public string UriScheme { get; set; }

    /// <summary>Application protocol.</summary>
    public string Transport { get; set; }

    /// <summary>Name of the endpoint, unique within its resource.</summary>
    public string Name { get; set; }

    /// <summary>The host name that the program binds.</summary>
    public string TargetHost { get; set; } = "localhost";

    /// <summary>The port that others connect to; null lets the host find a free one.</summary>
    public int? Port
    {
        get => _port ?? (IsProxied ? null : _targetPort);
        set => _port = value;
    }

    /// <summary>The port that the program listens on; without a proxy in between it is <see cref="Port"/>.</summary>
    public int? TargetPort
    {
        get => _targetPort ?? (IsProxied ? null : _port);
        set => _targetPort = value;
    }

    /// <summary>Whether it is meant for the world outside the application.</summary>
    public bool IsExternal { get; set; }

    /// <summary>Whether the host may stand between client and program. This host never does.</summary>
    public bool IsProxied { get; set; }

    /// <summary>The address in this run; null before the application starts.</summary>
    public AllocatedEndpoint? AllocatedEndpoint { get; set; }
}

/// <summary>The address that an endpoint has in this run.</summary>
/// <param name="endpoint">The endpoint.</param>
/// <param name="address">Host name or IP address.</param>
/// <param name="port">Port number.</param>
public class AllocatedEndpoint(EndpointAnnotation endpoint, string address, int port)
{
    /// <summary>The endpoint.</summary>
    public EndpointAnnotation Endpoint { get; } = endpoint;

    /// <summary>Host name or IP address.</summary>
    public string Address { get; } = address;

    /// <summary>Port number.</summary>
    public int Port { get; } = port;

    /// <summary>Scheme of the address.</summary>
    public string UriScheme => Endpoint.UriScheme;

    /// <summary>Scheme, host and port.</summary>
    public string UriString => $"{UriScheme}://{Address}:{Port}";

    /// <inheritdoc />
    public override string ToString() => UriString;
}
