namespace LoadBalancer.Proxy.Configuration;

/// <summary>The versions of HTTP that a listener speaks.</summary>
public enum ListenerProtocols
{
    /// <summary>HTTP/1.1, and HTTP/1.0 of clients that know no other.</summary>
    Http1,

    /// <summary>HTTP/2. Over plain text clients must know that beforehand (RFC 9113, 3.3).</summary>
    Http2,

    /// <summary>Both. TLS agrees on one of them (ALPN); over plain text the first bytes of a client say which it is.</summary>
    Http1AndHttp2,

    /// <summary>The same over TCP, and HTTP/3 over QUIC, where the machine has the library for it.</summary>
    Http1AndHttp2AndHttp3,

    /// <summary>HTTP/3 and nothing else.</summary>
    Http3,
}

/// <summary>What follows from the versions that a listener speaks.</summary>
internal static class ListenerProtocolRules
{
    /// <summary>Those of a listener that names none: over TLS, where a client can say what it knows, HTTP/2 as well.</summary>
    public static ListenerProtocols OrDefault(this ListenerProtocols? protocols, bool isTls) => protocols ?? (isTls ? ListenerProtocols.Http1AndHttp2 : ListenerProtocols.Http1);

    /// <summary>Whether HTTP/1.1 is among them.</summary>
    public static bool HasHttp1(this ListenerProtocols protocols) => protocols is ListenerProtocols.Http1 or ListenerProtocols.Http1AndHttp2 or ListenerProtocols.Http1AndHttp2AndHttp3;

    /// <summary>Whether HTTP/2 is among them.</summary>
    public static bool HasHttp2(this ListenerProtocols protocols) => protocols is ListenerProtocols.Http2 or ListenerProtocols.Http1AndHttp2 or ListenerProtocols.Http1AndHttp2AndHttp3;

    /// <summary>Whether HTTP/3 is among them.</summary>
    public static bool HasHttp3(this ListenerProtocols protocols) => protocols is ListenerProtocols.Http1AndHttp2AndHttp3 or ListenerProtocols.Http3;
}
