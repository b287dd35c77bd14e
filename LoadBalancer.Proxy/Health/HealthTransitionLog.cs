using System.Collections;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Telemetry;

namespace LoadBalancer.Proxy.Health;

/// <summary>
/// The log record of a change of verdict. Its attributes have the dotted names of the telemetry contract,
/// which the source generator for log messages cannot write: it names them after parameters.
/// </summary>
internal sealed class HealthTransitionLog : IReadOnlyList<KeyValuePair<string, object?>>
{
    private static readonly EventId Event = new(3, "HealthTransition");

    private readonly KeyValuePair<string, object?>[] _attributes;
    private readonly string _message;

    private HealthTransitionLog(string cluster, string destination, HealthTransition transition)
    {
        _message = transition.To == HealthVerdict.Healthy
            ? $"the following host is up {destination}"
            : $"the following host is down {destination} ({transition.Reason})";
        _attributes =
        [
            new(TelemetryTags.Cluster, cluster),
            new(TelemetryTags.Destination, destination),
            new(TelemetryTags.From, transition.From.ToString()),
            new(TelemetryTags.To, transition.To.ToString()),
            new(TelemetryTags.Reason, transition.Reason),
        ];
    }

    /// <inheritdoc />
    public int Count => _attributes.Length;

    /// <inheritdoc />
    public KeyValuePair<string, object?> this[int index] => _attributes[index];

    /// <summary>Writes the record: a destination that goes down is a warning.</summary>
    public static void Write(ILogger logger, string cluster, string destination, HealthTransition transition)
    {
        var level = transition.To == HealthVerdict.Healthy ? LogLevel.Information : LogLevel.Warning;
        if (logger.IsEnabled(level))
        {
            logger.Log(level, Event, new HealthTransitionLog(cluster, destination, transition), null, static (state, _) => state._message);
        }
    }

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, object?>>)_attributes).GetEnumerator();

    /// <inheritdoc />
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc />
    public override string ToString() => _message;
}
