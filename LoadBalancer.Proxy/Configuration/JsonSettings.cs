using System.Text.Json;
using Microsoft.Extensions.Configuration.Json;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>
/// A JSON file in which an empty object is something else than a null: the platform takes one for the other, and <c>"Queue": null</c>
/// would switch on what <c>"Queue": {}</c> does. Here the key of an empty object has an empty text, as an environment variable can give it.
/// </summary>
internal sealed class JsonSettings(JsonConfigurationSource source) : JsonConfigurationProvider(source)
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private KeyIndex? _index;

    /// <summary>The keys of a JSON text.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static IReadOnlyDictionary<string, string?> Read(Stream stream)
    {
        var settings = new JsonSettings(new JsonSettingsFile());
        settings.Load(stream);
        return settings.Data.AsReadOnly();
    }

    /// <inheritdoc />
    public override void Load(Stream stream)
    {
        using var text = new MemoryStream();
        stream.CopyTo(text);
        text.Position = 0;
        base.Load(text);

        // It is valid by now.
        using var document = JsonDocument.Parse(text.ToArray(), Lenient);
        Mark(document.RootElement, null);
        _index = null;
    }

    /// <inheritdoc />
    public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) => (_index ??= new KeyIndex(Data.Keys)).Merge(earlierKeys, parentPath);

    private void Mark(JsonElement element, string? path)
    {
        var children = element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().Select(property => (property.Name, property.Value)),
            JsonValueKind.Array => element.EnumerateArray().Select((item, index) => (Name: $"{index}", Value: item)),
            _ => [],
        };
        var isEmpty = true;
        foreach (var (name, value) in children)
        {
            isEmpty = false;
            Mark(value, path is null ? name : ConfigurationPath.Combine(path, name));
        }

        if (isEmpty && path is not null && element.ValueKind == JsonValueKind.Object)
        {
            Data[path] = "";
        }
    }
}

/// <summary>A file of which <see cref="JsonSettings"/> is made.</summary>
internal sealed class JsonSettingsFile : JsonConfigurationSource
{
    /// <inheritdoc />
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new JsonSettings(this);
    }
}
