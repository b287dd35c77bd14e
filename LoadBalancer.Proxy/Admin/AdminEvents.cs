using LoadBalancer.Proxy.Clusters;
using Microsoft.AspNetCore.Connections.Features;

namespace LoadBalancer.Proxy.Admin;

/// <summary>The call <c>GET /api/events</c>: the clusters as they are, then each change at once, and the counters every second.</summary>
internal sealed class AdminEvents(ClusterRegistry registry, AdminAccess access, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>How many streams may be open.</summary>
    public const int MaxStreams = 64;

    /// <summary>How long a client may take nothing before it is cut off.</summary>
    public static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan CountersEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private int _open;

    /// <summary>Answers a call. Ends when the client leaves or is cut off, when the call would not be let in any more, and when the proxy or this listener stops.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref _open) > MaxStreams)
        {
            Interlocked.Decrement(ref _open);
            await TypedResults.Problem($"All {MaxStreams} streams of events are taken.", statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
            return;
        }

        var subscription = registry.Subscribe();
        try
        {
            await StreamAsync(context, subscription);
        }
        finally
        {
            registry.Unsubscribe(subscription);
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task StreamAsync(HttpContext context, Subscription subscription)
    {
        using var stream = new EventStream(context, WriteTimeout, time);
        var closing = context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, closing);
        using var ticks = new PeriodicTimer(CountersEvery, time);
        try
        {
            stream.AddRetry(RetryAfter);
            await TellAsync(context, subscription, stream, ticks, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            CloseInTime(context);
        }

        if (subscription.FellBehind)
        {
            context.Abort();
        }
    }

    private async Task TellAsync(HttpContext context, Subscription subscription, EventStream stream, PeriodicTimer ticks, CancellationToken ending)
    {
        var sent = 0L;
        var (news, tick) = (NewsAsync(), TickAsync());
        while (!subscription.FellBehind)
        {
            await Task.WhenAny(news, tick);
            if (news.IsCompleted)
            {
                await news;
                await AddUntilAsync(long.MaxValue);
                news = NewsAsync();
            }

            if (tick.IsCompleted)
            {
                await tick;
                if (!access.IsStillOpenTo(context))
                {
                    return;
                }

                // The counters are those of one moment: what changed before it comes before them, and what changed after it comes after them.
                var state = registry.Read();
                await AddUntilAsync(state.Sequence);
                stream.Add("counters", state.Sequence, AdminViews.DescribeCounters(state), AdminJson.Default.CountersView);
                tick = TickAsync();
            }

            await stream.SendAsync(ending);
        }

        Task<bool> NewsAsync() => subscription.Entries.WaitToReadAsync(ending).AsTask();

        Task<bool> TickAsync() => ticks.WaitForNextTickAsync(ending).AsTask();

        async Task AddUntilAsync(long last)
        {
            while (sent < last && subscription.Entries.TryRead(out var entry))
            {
                foreach (var told in entry)
                {
                    Add(stream, told);
                    sent = told.Sequence;
                    if (stream.IsFull)
                    {
                        await stream.SendAsync(ending);
                    }
                }
            }
        }
    }

    // Of a client that reads no more, the connection stays open behind the end of the answer, and the stop of the proxy would wait for it.
    private void CloseInTime(HttpContext context)
    {
        if (context.Features.Get<IConnectionLifetimeFeature>() is { } connection && !context.RequestAborted.IsCancellationRequested)
        {
            var deadline = time.CreateTimer(_ => connection.Abort(), null, WriteTimeout, Timeout.InfiniteTimeSpan);
            connection.ConnectionClosed.Register(deadline.Dispose);
        }
    }

    private static void Add(EventStream stream, RegistryEvent told)
    {
        switch (told)
        {
            case RegistryState state:
                stream.Add("state", state.Sequence, AdminViews.Describe(state), AdminJson.Default.StateView);
                break;
            case DestinationChanged change:
                stream.Add("change", change.Sequence, AdminViews.Describe(change), AdminJson.Default.ChangeView);
                break;
        }
    }
}
