using Microsoft.AspNetCore.Connections.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Counts the requests of a connection, and has it closed after the last that it may bring.</summary>
internal sealed class RequestCount
{
    private static readonly object Key = new();

    private int _requests;

    /// <summary>Counts a request.</summary>
    /// <returns>Its number, from 1.</returns>
    public static int Next(HttpContext context) => context.Features.Get<IConnectionItemsFeature>()?.Items is { } items ? Interlocked.Increment(ref Of(items)._requests) : 1;

    /// <summary>Has the connection closed: the answer says so; over HTTP/2 the client is told to open another.</summary>
    public static void Close(HttpContext context) => context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();

    // Requests of one connection may run side by side.
    private static RequestCount Of(IDictionary<object, object?> items)
    {
        lock (items)
        {
            if (items.TryGetValue(Key, out var found))
            {
                return (RequestCount)found!;
            }

            var count = new RequestCount();
            items.Add(Key, count);
            return count;
        }
    }
}
