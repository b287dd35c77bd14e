using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>
/// Makes the lists and dictionaries that options have. All classes share one code for them; each struct or enum has its own,
/// which a native program has only where it stands in the source. So those stand here.
/// </summary>
[UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Structs and enums are named here, which a test makes sure of.")]
internal static class OptionCollections
{
    private static readonly Dictionary<Type, Func<IList>> Lists = new()
    {
        [typeof(IPNetwork)] = () => new List<IPNetwork>(),
        [typeof(ContentCoding)] = () => new List<ContentCoding>(),
    };

    private static readonly Dictionary<Type, Func<IDictionary>> Dictionaries = new()
    {
        [typeof(int)] = () => new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase),
    };

    /// <summary>Whether a list of these can be made also where nothing is compiled as it runs.</summary>
    public static bool HasList(Type item) => !item.IsValueType || Lists.ContainsKey(item);

    /// <summary>Whether a dictionary of these can be made also where nothing is compiled as it runs.</summary>
    public static bool HasNamed(Type item) => !item.IsValueType || Dictionaries.ContainsKey(item);

    /// <summary>An empty list.</summary>
    public static IList CreateList(Type item) =>
        Lists.TryGetValue(item, out var create) ? create() : (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;

    /// <summary>An empty dictionary whose keys ignore case.</summary>
    public static IDictionary CreateNamed(Type item) =>
        Dictionaries.TryGetValue(item, out var create) ? create() : (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), item), StringComparer.OrdinalIgnoreCase)!;
}
