using System.Buffers;
using System.Net.Security;
using LoadBalancer.Proxy.Http;
using Microsoft.AspNetCore.Connections;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Finds the connections on which a certificate authority asks for a challenge, before TLS begins. There is a look at them only while a challenge is to be answered.</summary>
/// <param name="Options">How TLS of such a connection goes. Nothing is spoken after it.</param>
internal sealed record ChallengeHandshake(SslServerAuthenticationOptions Options)
{
    // Beyond that, the first message of a client is none of an authority, which has little to say.
    private const int LongestLooked = 16 * 1024;

    /// <summary>Serves a connection; one that asks for a challenge has this among its features.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="challenges">The challenges.</param>
    /// <param name="patience">How long a client may take to begin.</param>
    /// <param name="next">Serves it.</param>
    public static Task ServeAsync(ConnectionContext connection, TlsChallenges challenges, TimeSpan patience, ConnectionDelegate next) =>
        challenges.IsEmpty ? next(connection) : LookAndServeAsync(connection, challenges, patience, next);

    private static async Task LookAndServeAsync(ConnectionContext connection, TlsChallenges challenges, TimeSpan patience, ConnectionDelegate next)
    {
        if (await FirstBytes.ReadAsync(connection, patience, Look) == true)
        {
            await next(connection);
        }

        long? Look(in ReadOnlySequence<byte> bytes)
        {
            var some = bytes.Slice(0, Math.Min(bytes.Length, LongestLooked));
            switch (ClientHello.AsksFor(some.IsSingleSegment ? some.FirstSpan : some.ToArray(), TlsChallenges.Protocol.Protocol.Span, out var name))
            {
                case null when some.Length < LongestLooked:
                    return null;
                case true when challenges.Answer(name) is { } answer:
                    connection.Features.Set(new ChallengeHandshake(answer));
                    break;
            }

            return 0;
        }
    }
}
