using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Looks at the first bytes of a connection before anyone reads them.</summary>
internal static class FirstBytes
{
    /// <summary>Says of what has come so far how many bytes of it nobody else is to see; null while that is not certain, -1 where the connection is to be let go.</summary>
    public delegate long? Look(in ReadOnlySequence<byte> bytes);

    /// <summary>Reads until it is certain.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="patience">How long the client may take.</param>
    /// <param name="look">Looks at what has come.</param>
    /// <returns>Whether the connection goes on; null where its client left, or the proxy stops, before that was known.</returns>
    public static async Task<bool?> ReadAsync(ConnectionContext connection, TimeSpan patience, Look look)
    {
        var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using var late = new CancellationTokenSource(patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(closing, late.Token);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(either.Token);
                if (look(read.Buffer) is { } taken)
                {
                    input.AdvanceTo(read.Buffer.GetPosition(Math.Max(taken, 0)));
                    return taken >= 0;
                }

                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted)
                {
                    return null;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return late.IsCancellationRequested && !closing.IsCancellationRequested ? false : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
