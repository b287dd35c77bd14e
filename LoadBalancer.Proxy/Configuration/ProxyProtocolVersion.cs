namespace LoadBalancer.Proxy.Configuration;

/// <summary>How destinations are told whose connections they get, by the PROXY protocol of HAProxy.</summary>
public enum ProxyProtocolVersion
{
    /// <summary>By a line of text.</summary>
    V1,

    /// <summary>By a block of bytes.</summary>
    V2,
}
