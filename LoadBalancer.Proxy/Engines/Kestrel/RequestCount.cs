using Microsoft.AspNetCore.Connections.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>Counts the requests of a connection, and has it closed after the last that it may bring.</summary>
internal sealed class RequestCount
{
    private static readonly object Key = new();

    private int _requests;

    /// <summary>Counts a request. The answer of the last one says that the connection is closed; over HTTP/2 the client is told to open another.</summary>
    public static void Add(HttpContext context, int limit)
    {
        if (context.Features.Get<IConnectionItemsFeature>()?.Items is { } items
            && Interlocked.Increment(ref Of(items)._requests) >= limit
            && context.Features.Get<IConnectionLifetimeNotificationFeature>() is { } connection)
        {
            connection.RequestClose();
        }
    }

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
