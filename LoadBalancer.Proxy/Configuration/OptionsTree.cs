using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>Writes options as a tree of JSON, by the names of their keys. What has no value is left out.</summary>
[UnconditionalSuppressMessage("Trimming", "IL2067", Justification = Rooted)]
[UnconditionalSuppressMessage("Trimming", "IL2070", Justification = Rooted)]
[UnconditionalSuppressMessage("Trimming", "IL2072", Justification = Rooted)]
[UnconditionalSuppressMessage("Trimming", "IL2075", Justification = Rooted)]
internal sealed class OptionsTree
{
    // Parts what is shown of a value from what is only compared. No value of a configuration has it.
    private const char Hidden = '\0';

    private const string Rooted = "Options are of this assembly, which is kept whole.";

    private static readonly JsonNodeOptions Names = new() { PropertyNameCaseInsensitive = true };

    private readonly bool _isSparse;

    private OptionsTree(bool isSparse) => _isSparse = isSparse;

    /// <summary>Everything in force, defaults too. Secrets are masked.</summary>
    public static JsonNode Show(object options) => Show(Write(options, isSparse: false))!;

    /// <summary>The same for comparisons: secrets, and what else is not shown of a value, are in it, behind what <see cref="Show(JsonNode)"/> leaves.</summary>
    /// <param name="options">The options.</param>
    /// <param name="isSparse">Whether what is as it is by default is left out.</param>
    public static JsonObject Write(object options, bool isSparse) => new OptionsTree(isSparse).WriteObject(options, isSecret: false);

    /// <summary>A copy without what is not to be shown.</summary>
    public static JsonNode? Show(JsonNode? node) => node switch
    {
        JsonObject parent => new JsonObject(parent.Select(child => KeyValuePair.Create(child.Key, Show(child.Value))), Names),
        JsonArray list => new JsonArray([.. list.Select(Show)]),
        JsonValue value when value.TryGetValue<string>(out var text) && text.IndexOf(Hidden, StringComparison.Ordinal) is >= 0 and var end => JsonValue.Create(text[..end]),
        _ => node?.DeepClone(),
    };

    private JsonNode? Write(object? value, Type type, bool isSecret) =>
        value is null ? null
        : StrictReader.IsScalar(type) ? WriteScalar(value, isSecret)
        : value is IDictionary named ? WriteNamed(named, isSecret)
        : value is IEnumerable items ? new JsonArray([.. items.Cast<object>().Select(item => Write(item, item.GetType(), isSecret))])
        : WriteObject(value, isSecret);

    private JsonObject WriteObject(object value, bool isSecret)
    {
        var type = value.GetType();
        var unset = _isSparse ? Activator.CreateInstance(type) : null;

        // One object says of a header field its name and its values.
        var field = type.GetProperty("Name")?.GetValue(value) as string;
        var written = new JsonObject(Names);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var hides = isSecret || property.IsDefined(typeof(SecretAttribute)) || (field is not null && property.Name is "Values" && Secrets.IsField(field));
            if (Write(property.GetValue(value), property.PropertyType, hides) is { } node
                && !(unset is not null && JsonNode.DeepEquals(node, Write(property.GetValue(unset), property.PropertyType, hides))))
            {
                written[property.Name] = node;
            }
        }

        return written;
    }

    private JsonObject WriteNamed(IDictionary entries, bool isSecret)
    {
        var pairs = new List<(string Key, object? Value)>();
        foreach (DictionaryEntry entry in entries)
        {
            pairs.Add(((string)entry.Key, entry.Value));
        }

        // A transform names the field in one entry and has the value in another.
        var isOfSecretField = pairs.Exists(pair => pair.Value is string name && Secrets.IsField(name));
        var written = new JsonObject(Names);
        foreach (var (key, value) in pairs)
        {
            written[key] = Write(value, value?.GetType() ?? typeof(string), isSecret || Secrets.IsField(key) && value is string || isOfSecretField && key is "Set" or "Append");
        }

        return written;
    }

    private static JsonValue WriteScalar(object value, bool isSecret)
    {
        var text = Text(value);
        return isSecret ? JsonValue.Create($"{Secrets.Mask}{Hidden}{text}") : value switch
        {
            bool flag => JsonValue.Create(flag),
            int number => JsonValue.Create(number),
            long number => JsonValue.Create(number),
            double number => JsonValue.Create(number),
            // Of a file that is read with the configuration, the name may stay and the certificates change.
            CertificateAuthorities authorities => JsonValue.Create($"{text}{Hidden}{authorities.GetHashCode()}"),
            _ => JsonValue.Create(text),
        };
    }

    private static string Text(object value) => value switch
    {
        TimeSpan span => SpanText.Format(span),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
