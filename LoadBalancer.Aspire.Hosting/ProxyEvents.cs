using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Aspire.Hosting;

/// <summary>A destination as the proxy's admin API describes it.</summary>
/// <param name="OperatorWeight">The weight that the operator gave it; null when it has that of the configuration.</param>
/// <param name="EjectedUntil">Until when it is taken out for what its traffic showed; null when it is not.</param>
/// <param name="EjectionReason">What that was.</param>
/// <param name="Breaker">What its circuit breaker lets through: Closed, Open or HalfOpen; null when it has none.</param>
/// <param name="BreakerReason">Why that is not closed.</param>
/// <param name="LatencyMs">A moving average of the time to the head of an answer, in milliseconds.</param>
internal sealed record DestinationView(
    string Name,
    string Address,
    int Weight,
    int? OperatorWeight,
    string Health,
    string State,
    bool Available,
    string Reason,
    DateTime Since,
    int InFlight,
    long Requests,
    long Failures,
    double LatencyMs,
    DateTime? EjectedUntil = null,
    string? EjectionReason = null,
    string? Breaker = null,
    string? BreakerReason = null);

/// <summary>One event of <c>GET /api/events</c>. Which of the members are there depends on its kind.</summary>
/// <param name="Sequence">The number of the last change that the event contains or follows.</param>
/// <param name="Clusters">Of a state: all of them. Of counters: the destinations' numbers.</param>
/// <param name="Cluster">Of a change: where.</param>
/// <param name="Change">Of a change: what changed; <c>removed</c> is the last of a destination.</param>
/// <param name="Destination">Of a change: the destination right after it.</param>
internal sealed record ProxyEvent(
    long Sequence, IReadOnlyList<ClusterView>? Clusters = null, string? Cluster = null, string? Change = null, DestinationView? Destination = null)
{
    [JsonIgnore]
    public ProxyEventKind Kind { get; init; }
}

internal sealed record ClusterView(string Name, IReadOnlyList<DestinationView> Destinations);

internal enum ProxyEventKind
{
    /// <summary>All there is, now.</summary>
    State,

    /// <summary>One destination changed.</summary>
    Change,

    /// <summary>What the destinations have done, once a second.</summary>
    Counters,
}

/// <summary>Reads the proxy's event stream.</summary>
internal static class ProxyEvents
{
    /// <summary>The events of a stream, until it ends. An event of a kind that is not known here is passed over.</summary>
    /// <exception cref="InvalidDataException">An event was missed or cannot be read: the stream is to be opened anew.</exception>
    public static async IAsyncEnumerable<ProxyEvent> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? last = null;
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            if (!Enum.TryParse<ProxyEventKind>(item.EventType, ignoreCase: true, out var kind))
            {
                continue;
            }

            var read = Parse(item.Data) with { Kind = kind };
            var expected = kind switch
            {
                ProxyEventKind.State => read.Sequence,
                ProxyEventKind.Change => last + 1,
                _ => last,
            };
            last = read.Sequence == expected ? read.Sequence : throw new InvalidDataException($"event {read.Sequence} follows {last}");
            yield return read;
        }
    }

    private static ProxyEvent Parse(string data)
    {
        try
        {
            return JsonSerializer.Deserialize<ProxyEvent>(data, JsonSerializerOptions.Web) ?? throw new InvalidDataException("an event is empty");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"an event cannot be read: {exception.Message}", exception);
        }
    }
}
