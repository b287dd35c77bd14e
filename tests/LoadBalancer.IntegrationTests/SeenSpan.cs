using System.Text.Json;

namespace LoadBalancer.IntegrationTests;

/// <summary>A span as the dashboard keeps it.</summary>
/// <param name="TraceId">The trace that it is part of, in 32 hexadecimal digits.</param>
/// <param name="Attributes">Its attributes, each value as text.</param>
public sealed record SeenSpan(string TraceId, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>The value of an attribute, or null when the span does not have it.</summary>
    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);

    /// <summary>Reads a span of OTLP in JSON.</summary>
    public static SeenSpan Read(JsonElement span) => new(
        span.GetProperty("traceId").GetString() ?? "",
        span.TryGetProperty("attributes", out var attributes)
            ? attributes.EnumerateArray().ToDictionary(
                attribute => attribute.GetProperty("key").GetString() ?? "",
                attribute => string.Concat(attribute.GetProperty("value").EnumerateObject().Select(value => value.Value)))
            : new Dictionary<string, string>());
}
