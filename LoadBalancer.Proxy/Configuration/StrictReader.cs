using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Reflection;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>
/// Reads options from configuration and forgives nothing: an unknown key, a value of the wrong form or out of its range is an error with its path.
/// All errors are found in one pass, so that the operator mends the file once.
/// </summary>
[UnconditionalSuppressMessage("Trimming", "IL2067", Justification = Rooted)]
[UnconditionalSuppressMessage("Trimming", "IL2070", Justification = Rooted)]
[UnconditionalSuppressMessage("Trimming", "IL2072", Justification = Rooted)]
internal sealed class StrictReader
{
    private const string Rooted = "Options are of this assembly, which is kept whole.";

    private readonly List<ConfigurationError> _errors = [];
    private readonly HashSet<string> _pathsOfErrors = [];
    private readonly int _prefixLength;

    private StrictReader(int prefixLength) => _prefixLength = prefixLength;

    /// <summary>Reads a section. Paths in errors are relative to it; that of the section itself is its name.</summary>
    public static (T Value, List<ConfigurationError> Errors) Read<T>(IConfigurationSection section) where T : new()
    {
        var reader = new StrictReader(section.Path.Length + 1);
        return ((T)reader.ReadObject(section, typeof(T)), reader._errors);
    }

    private object ReadObject(IConfigurationSection section, Type type)
    {
        var instance = Activator.CreateInstance(type)!;
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).ToArray();
        if (section.Value is { Length: > 0 })
        {
            Report(section, $"must be an object with the keys {string.Join(", ", properties.Select(p => p.Name))}, not a value");
            return instance;
        }

        var children = section.GetChildren().ToArray();
        if (children.Length > 0 && Array.TrueForAll(children, child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            Report(section, $"must be an object with the keys {string.Join(", ", properties.Select(p => p.Name))}, not a list");
            return instance;
        }

        foreach (var child in children)
        {
            var property = Array.Find(properties, p => p.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                Report(child, NearestName.Explain(child.Key, properties.Select(p => p.Name)));
            }
            else if (ReadValue(child, property.PropertyType) is { } value)
            {
                property.SetValue(instance, value);
            }
        }

        foreach (var property in properties)
        {
            CheckRange(section, instance, property);
        }

        return instance;
    }

    private object? ReadValue(IConfigurationSection section, Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            return ReadDictionary(section, type.GenericTypeArguments[1]);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            return ReadList(section, type.GenericTypeArguments[0]);
        }

        return IsScalar(type) ? ReadScalar(section, Nullable.GetUnderlyingType(type) ?? type)
            : IsNull(section) ? null
            : ReadObject(section, type);
    }

    private IDictionary ReadDictionary(IConfigurationSection section, Type itemType)
    {
        var dictionary = OptionCollections.CreateNamed(itemType);
        if (section.Value is { Length: > 0 })
        {
            Report(section, "must be an object of named entries, not a value");
            return dictionary;
        }

        foreach (var child in section.GetChildren())
        {
            if (ReadValue(child, itemType) is { } item)
            {
                dictionary.Add(child.Key, item);
            }
        }

        return dictionary;
    }

    private IList ReadList(IConfigurationSection section, Type itemType)
    {
        var list = OptionCollections.CreateList(itemType);
        if (section.Value is { Length: > 0 })
        {
            Report(section, "must be a list, not a value");
            return list;
        }

        foreach (var child in section.GetChildren())
        {
            if (!int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                Report(section, "must be a list, not an object");
                break;
            }

            if (ReadValue(child, itemType) is { } item)
            {
                list.Add(item);
            }
        }

        return list;
    }

    // An empty object has an empty text (JsonSettings).
    private static bool IsNull(IConfigurationSection section) => section.Value is null && !section.GetChildren().Any();

    private object? ReadScalar(IConfigurationSection section, Type type)
    {
        if (section.Value is not { } text)
        {
            // A JSON null is the same as the key not being there: the default stands.
            if (section.GetChildren().Any())
            {
                Report(section, "must be a value, not an object or a list");
            }

            return null;
        }

        var (value, expected) = ParseScalar(text, type);
        if (value is null)
        {
            Report(section, $"'{text}' is not {expected}");
        }

        return value;
    }

    private static (object? Value, string Expected) ParseScalar(string text, Type type)
    {
        if (type == typeof(string))
        {
            return (text, "");
        }

        if (type == typeof(bool))
        {
            return (bool.TryParse(text, out var flag) ? flag : null, "true or false");
        }

        if (type == typeof(int) || type == typeof(long))
        {
            var isNumber = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
            return (!isNumber ? null : type == typeof(long) ? number : (int)number == number ? (int)number : null, "a whole number");
        }

        if (type == typeof(double))
        {
            return (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null, "a number such as 0.5");
        }

        if (type == typeof(TimeSpan))
        {
            return (SpanText.TryParse(text, out var span) ? span : null, $"a span of time: write {SpanText.Forms}");
        }

        if (type == typeof(StatusRanges))
        {
            return (StatusRanges.TryParse(text), "a list of status codes and ranges such as 200-299,304");
        }

        if (type == typeof(CertificateAuthorities))
        {
            return (CertificateAuthorities.TryRead(text), "a PEM file with certificates that can be read");
        }

        if (type == typeof(IPNetwork))
        {
            return (TrustedProxies.TryParse(text), "a network such as 10.0.0.0/8 or 2001:db8::/32, with no bits set behind its prefix, or an address");
        }

        if (type == typeof(Version))
        {
            return (ParseHttpVersion(text), "an HTTP version: write 1.0, 1.1, 2 or 3");
        }

        if (type.IsEnum)
        {
            // By name only: Enum.TryParse would also take numbers, and "HeaderPrefix,Contains" for the value that has the bits of both.
            var names = Enum.GetNames(type);
            var name = Array.Find(names, known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
            return (name is null ? null : Enum.Parse(type, name), $"one of {string.Join(", ", names)}");
        }

        throw new NotSupportedException($"Options have no values of type {type}.");
    }

    private static Version? ParseHttpVersion(string text) => text switch
    {
        "1.0" => new Version(1, 0),
        "1.1" => new Version(1, 1),
        "2" or "2.0" => new Version(2, 0),
        "3" or "3.0" => new Version(3, 0),
        _ => null,
    };

    private void CheckRange(IConfigurationSection section, object instance, PropertyInfo property)
    {
        var value = property.GetValue(instance);
        foreach (var attribute in property.GetCustomAttributes<ValidationAttribute>())
        {
            if (attribute.IsValid(value))
            {
                continue;
            }

            var message = attribute switch
            {
                RequiredAttribute => "is missing",
                RangeAttribute range => $"{Write(value)} is out of range: from {Write(range.Minimum)} to {Write(range.Maximum)}",
                _ => attribute.FormatErrorMessage(property.Name),
            };
            Report(section.GetSection(property.Name), message);
        }
    }

    // As the operator would write it.
    private static string? Write(object? value) => value is TimeSpan span ? SpanText.Format(span) : Convert.ToString(value, CultureInfo.InvariantCulture);

    /// <summary>Whether options of this type are single values.</summary>
    internal static bool IsScalar(Type type) =>
        type.IsValueType || type == typeof(string) || type == typeof(StatusRanges) || type == typeof(CertificateAuthorities) || type == typeof(Version);

    private void Report(IConfigurationSection section, string message)
    {
        var path = section.Path.Length > _prefixLength ? section.Path[_prefixLength..] : section.Key;
        if (_pathsOfErrors.Add(path))
        {
            _errors.Add(new ConfigurationError(path, message));
        }
    }
}
