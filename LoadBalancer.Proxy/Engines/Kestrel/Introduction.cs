using System.Buffers;
using System.Net;
using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Connections;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Has a proxy in front say whose connection it passes on (PROXY protocol), before anything else of the connection is read.</summary>
internal static class Introduction
{
    private const int LongestLooked = 8 * 1024;

    /// <summary>Serves a connection, as one of the client that it was made for.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="listener">Where it came in.</param>
    /// <param name="patience">How long the header may take.</param>
    /// <param name="refused">Is told that there was none.</param>
    /// <param name="next">Serves it.</param>
    public static Task ServeAsync(ConnectionContext connection, Listener listener, TimeSpan patience, Action refused, ConnectionDelegate next) =>
        listener.ProxyProtocol is { } proxies && connection.RemoteEndPoint is IPEndPoint peer && proxies.Includes(peer.Address)
            ? ReadAndServeAsync(connection, patience, refused, next)
            : next(connection);

    private static async Task ReadAndServeAsync(ConnectionContext connection, TimeSpan patience, Action refused, ConnectionDelegate next)
    {
        IPEndPoint? source = null;
        switch (await FirstBytes.ReadAsync(connection, patience, Look))
        {
            case true:
                connection.RemoteEndPoint = source ?? connection.RemoteEndPoint;
                await next(connection);
                break;
            case false:
                refused();
                break;
        }

        long? Look(in ReadOnlySequence<byte> bytes)
        {
            var some = bytes.Slice(0, Math.Min(bytes.Length, LongestLooked));
            return ProxyHeader.Read(some.IsSingleSegment ? some.FirstSpan : some.ToArray(), out var length, out source) switch
            {
                ProxyHeaderStatus.Complete => length,
                ProxyHeaderStatus.Incomplete => null,
                _ => -1,
            };
        }
    }
}
