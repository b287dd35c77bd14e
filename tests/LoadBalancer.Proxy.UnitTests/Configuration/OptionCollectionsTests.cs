using System.Reflection;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class OptionCollectionsTests
{
    /// <summary>Whoever adds a list of structs or enums to the options names them in OptionCollections: a native program has no other.</summary>
    [Fact]
    public void Every_list_and_dictionary_of_the_options_can_be_made_without_compiling_at_run_time()
    {
        var collections = typeof(LoadBalancerOptions).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(LoadBalancerOptions).Namespace && type.Name.EndsWith("Options", StringComparison.Ordinal))
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite && property.PropertyType.IsGenericType))
            .ToList();

        Assert.True(collections.Count > 20, $"only {collections.Count} were found");
        Assert.All(collections, property => Assert.True(CanBeMade(property.PropertyType), $"{property.DeclaringType!.Name}.{property.Name}"));
    }

    [Fact]
    public void What_is_made_without_compiling_is_of_the_type_that_is_asked_for()
    {
        Assert.IsType<List<System.Net.IPNetwork>>(OptionCollections.CreateList(typeof(System.Net.IPNetwork)));
        Assert.IsType<List<string>>(OptionCollections.CreateList(typeof(string)));
        Assert.Equal(StringComparer.OrdinalIgnoreCase, Assert.IsType<Dictionary<string, int>>(OptionCollections.CreateNamed(typeof(int))).Comparer);
        Assert.Equal(StringComparer.OrdinalIgnoreCase, Assert.IsType<Dictionary<string, RouteOptions>>(OptionCollections.CreateNamed(typeof(RouteOptions))).Comparer);
    }

    private static bool CanBeMade(Type type) =>
        type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? OptionCollections.HasList(type.GenericTypeArguments[0]) && IsPlainOrCanBeMade(type.GenericTypeArguments[0])
        : type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) ? OptionCollections.HasNamed(type.GenericTypeArguments[1]) && IsPlainOrCanBeMade(type.GenericTypeArguments[1])
        : type.GetGenericTypeDefinition() == typeof(Nullable<>);

    private static bool IsPlainOrCanBeMade(Type type) => !type.IsGenericType || CanBeMade(type);
}
