using System.Collections;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Health;

/// <summary>
/// The log record of a destination that is found to be otherwise than before. Its attributes have the dotted names of the telemetry contract,
/// which the source generator for log messages cannot write: it names them after parameters.
/// </summary>
internal sealed class TransitionLog : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>It was taken out for what real traffic showed of it.</summary>
    public static readonly EventId Ejected = new(4, "Ejected");

    /// <summary>It was put back after that.</summary>
    public static readonly EventId Ended = new(5, "EjectionEnded");

    /// <summary>Its circuit breaker has changed.</summary>
    public static readonly EventId Breaker = new(6, "CircuitBreaker");

    private static readonly EventId Health = new(3, "HealthTransition");

    private readonly KeyValuePair<string, object?>[] _attributes;
    private readonly string _message;

    private TransitionLog(string message, string cluster, string destination, string from, string to, string reason)
    {
        _message = message;
        _attributes =
        [
            new(TelemetryTags.Cluster, cluster),
            new(TelemetryTags.Destination, destination),
            new(TelemetryTags.From, from),
            new(TelemetryTags.To, to),
            new(TelemetryTags.Reason, reason),
        ];
    }

    /// <inheritdoc />
    public int Count => _attributes.Length;

    /// <inheritdoc />
    public KeyValuePair<string, object?> this[int index] => _attributes[index];

    /// <summary>Writes that the verdict of the probes changed: a destination that goes down is a warning.</summary>
    public static void Write(ILogger logger, string cluster, string destination, HealthTransition transition)
    {
        var isUp = transition.To == HealthVerdict.Healthy;
        var message = isUp ? $"the following host is up {destination}" : $"the following host is down {destination} ({transition.Reason})";
        Write(logger, isUp ? LogLevel.Information : LogLevel.Warning, Health, message, cluster, destination, transition.From.ToString(), transition.To.ToString(), transition.Reason);
    }

    /// <summary>Writes a record.</summary>
    public static void Write(ILogger logger, LogLevel level, EventId id, string message, string cluster, string destination, string from, string to, string reason)
    {
        if (logger.IsEnabled(level))
        {
            logger.Log(level, id, new TransitionLog(message, cluster, destination, from, to, reason), null, static (state, _) => state._message);
        }
    }

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, object?>>)_attributes).GetEnumerator();

    /// <inheritdoc />
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc />
    public override string ToString() => _message;
}
