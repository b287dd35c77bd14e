using System.Runtime;
using LoadBalancer.Proxy.Resilience;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>Looks once a second how much memory is taken up, and tells when requests begin to be refused for an overload, and when that is over.</summary>
/// <param name="router">Has the limits in force.</param>
/// <param name="memory">Says how much memory is taken up, in bytes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Is told.</param>
internal sealed partial class OverloadWatch(Router router, ReadMemory memory, TimeProvider time, ILogger<OverloadWatch> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // Refusals that come again within this time are of the same overload.
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(10);

    // What is garbage counts as long as nobody collects it, and who refuses all requests allocates too little for that to happen.
    private static readonly TimeSpan CollectEvery = TimeSpan.FromSeconds(10);

    private readonly Episode[] _episodes = [.. Enum.GetValues<OverloadReason>().Select(reason => new Episode(reason))];
    private DateTimeOffset? _collectedAt;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (router.Current.Overload is { } overload)
            {
                Look(overload, time.GetUtcNow());
            }

            await Task.Delay(LookEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Look(Overload overload, DateTimeOffset now)
    {
        if (overload.Options.MaxMemory is not null)
        {
            overload.NoteMemory(memory());
            if (overload.IsMemoryShort && (_collectedAt is not { } at || now - at >= CollectEvery))
            {
                _collectedAt = now;
                GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }
        }

        foreach (var episode in _episodes)
        {
            Look(episode, overload, now);
        }
    }

    private void Look(Episode episode, Overload overload, DateTimeOffset now)
    {
        var refused = overload.RefusedFor(episode.Reason);
        if (refused > episode.Refused)
        {
            if (episode.Since is null)
            {
                (episode.Since, episode.RefusedBefore) = (now, episode.Refused);
                Log.Begins(logger, WhatIsTooMuch(episode.Reason, overload));
            }

            (episode.Refused, episode.Last) = (refused, now);
        }
        else if (refused < episode.Refused)
        {
            // The limits were taken away and given again: the counts are new.
            episode.Refused = refused;
        }
        else if (episode.Since is not null && now - episode.Last >= Calm && !(episode.Reason == OverloadReason.Memory && overload.IsMemoryShort))
        {
            episode.Since = null;
            Log.Ends(logger, NameOf(episode.Reason), refused - episode.RefusedBefore);
        }
    }

    private static string WhatIsTooMuch(OverloadReason reason, Overload overload) => reason switch
    {
        OverloadReason.Requests => $"{(overload.Options.MaxRequests == 1 ? "1 request is" : $"{overload.Options.MaxRequests} requests are")} in flight, as many as Overload:MaxRequests allows",
        OverloadReason.Memory => $"more memory is taken up than the {overload.Options.MaxMemory} bytes that Overload:MaxMemory allows",
        _ => $"more connections of clients are open than the {overload.Options.MaxConnections} that Overload:MaxConnections allows",
    };

    private static string NameOf(OverloadReason reason) => $"Overload:Max{reason}";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Cause}: requests are refused with 503 until there is room")]
        public static partial void Begins(ILogger logger, string cause);

        [LoggerMessage(2, LogLevel.Warning, "no requests are refused any more for {Limit}; {Count} were")]
        public static partial void Ends(ILogger logger, string limit, long count);
    }

    /// <summary>The refusals for one reason.</summary>
    private sealed class Episode(OverloadReason reason)
    {
        public OverloadReason Reason => reason;

        /// <summary>Since when there are some; null while there are none.</summary>
        public DateTimeOffset? Since { get; set; }

        /// <summary>When there were some last.</summary>
        public DateTimeOffset Last { get; set; }

        public long Refused { get; set; }

        public long RefusedBefore { get; set; }
    }
}

/// <summary>Says how much memory the process takes up, in bytes.</summary>
internal delegate long ReadMemory();
