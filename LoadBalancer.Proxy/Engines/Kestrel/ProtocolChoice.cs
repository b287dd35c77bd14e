using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// Says which version of HTTP a connection speaks: that which TLS agreed on, or over plain text that of its first bytes.
/// The web server by itself takes plain text that may be both for HTTP/1.1, and keeps to the versions that its endpoint was opened with.
/// </summary>
internal static class ProtocolChoice
{
    // What the web server asks a connection for before its endpoint. It is set where TLS agrees on a version by server name, and there is no public way.
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)]
    private static readonly Type Feature = Type.GetType("Microsoft.AspNetCore.Server.Kestrel.Core.Internal.HttpProtocolsFeature, Microsoft.AspNetCore.Server.Kestrel.Core", throwOnError: true)!;

    private static readonly object Http1 = Activator.CreateInstance(Feature, HttpProtocols.Http1)!;
    private static readonly object Http2 = Activator.CreateInstance(Feature, HttpProtocols.Http2)!;

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Has a connection served in its version.</summary>
    /// <param name="connection">The connection, behind TLS where there is any.</param>
    /// <param name="listener">Where it came in.</param>
    /// <param name="patience">How long a client may take to begin.</param>
    /// <param name="flooded">Is told that a client of HTTP/2 has sent too much of what costs it nothing.</param>
    /// <param name="next">Serves it.</param>
    public static Task ServeAsync(ConnectionContext connection, Listener listener, TimeSpan patience, Action<Http2CheapFrame> flooded, ConnectionDelegate next)
    {
        if (connection.Features.Get<ITlsApplicationProtocolFeature>() is { } agreed)
        {
            var isHttp2 = agreed.ApplicationProtocol.Span.SequenceEqual("h2"u8);

            // A client that says nothing of versions means HTTP/1.1, which may not be spoken here.
            return isHttp2 || listener.Protocols.HasHttp1() ? ServeAsync(connection, isHttp2, flooded, next) : Task.CompletedTask;
        }

        return listener.Protocols switch
        {
            ListenerProtocols.Http1 => ServeAsync(connection, isHttp2: false, flooded, next),
            ListenerProtocols.Http2 => ServeAsync(connection, isHttp2: true, flooded, next),
            _ => LookAndServeAsync(connection, patience, flooded, next),
        };
    }

    private static Task ServeAsync(ConnectionContext connection, bool isHttp2, Action<Http2CheapFrame> flooded, ConnectionDelegate next)
    {
        connection.Features[Feature] = isHttp2 ? Http2 : Http1;
        return isHttp2 ? WatchAndServeAsync(connection, flooded, next) : next(connection);
    }

    private static async Task WatchAndServeAsync(ConnectionContext connection, Action<Http2CheapFrame> flooded, ConnectionDelegate next)
    {
        var transport = connection.Transport;
        connection.Transport = new WatchedTransport(transport, flooded);
        try
        {
            await next(connection);
        }
        finally
        {
            // Whoever is before this in the pipeline closes what is its own.
            connection.Transport = transport;
        }
    }

    private static async Task LookAndServeAsync(ConnectionContext connection, TimeSpan patience, Action<Http2CheapFrame> flooded, ConnectionDelegate next)
    {
        var isHttp2 = false;
        if (await FirstBytes.ReadAsync(connection, patience, Look) == true)
        {
            await ServeAsync(connection, isHttp2, flooded, next);
        }

        long? Look(in ReadOnlySequence<byte> bytes)
        {
            (isHttp2, var isCertain) = Compare(bytes);
            return isCertain ? 0 : null;
        }
    }

    private static (bool Begins, bool IsCertain) Compare(in ReadOnlySequence<byte> bytes)
    {
        Span<byte> first = stackalloc byte[Preface.Length];
        var length = (int)Math.Min(bytes.Length, first.Length);
        bytes.Slice(0, length).CopyTo(first);
        var begins = Preface.StartsWith(first[..length]);
        return (begins, !begins || length == Preface.Length);
    }
}
