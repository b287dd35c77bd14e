using System.Reflection;
using LoadBalancer.Proxy.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

/// <summary>Holds our table of YARP's keys against YARP's own types.</summary>
public sealed class YarpKeysTests
{
    public static readonly TheoryData<string> Keys = [.. KeysOf(typeof(RouteConfig), "Routes:*").Concat(KeysOf(typeof(ClusterConfig), "Clusters:*"))];

    public static readonly TheoryData<string> Table = [.. YarpKeys.Known.Keys];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Every_key_of_YARP_works_or_is_an_error(string key) => Assert.NotNull(RuleOf(key));

    [Theory]
    [MemberData(nameof(Keys))]
    public void What_works_is_a_key_of_ours(string key)
    {
        if (RuleOf(key) is { Error: null, Becomes: null, IsFailureRateLimit: false })
        {
            Assert.True(IsOurs(key), $"{key} is to work, and there is no such option.");
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void What_becomes_of_a_key_is_one_of_ours(string key)
    {
        var rule = YarpKeys.Known[key];
        string[] values = ["Disable", "HealthyOrPanic", "HealthyAndUnknown"];
        var meanings = values.Select(value => rule.Takes(value, out var meaning) ? meaning?.Key : null).Append(rule.Becomes).OfType<string>();

        Assert.All(meanings, meaning => Assert.True(IsOurs(meaning), $"There is no option {meaning}."));
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void The_table_has_no_other_keys(string key) =>
        Assert.True(key.Contains(":Metadata:", StringComparison.Ordinal) || Keys.Any(row => IsAtOrBelow(row.Data, key)), $"YARP has no key {key}.");

    [Theory]
    [MemberData(nameof(Table))]
    public void An_error_says_what_is_wrong_and_what_to_do(string key)
    {
        if (YarpKeys.Known[key].Error is { } error)
        {
            Assert.Matches("^(is|has|names) .*[:.] (Leave|use|write|X-)|^is not one of", error);
        }
    }

    // The rule of the key, or of what it stands in.
    private static YarpRule? RuleOf(string key)
    {
        for (string? at = key; at is not null; at = Microsoft.Extensions.Configuration.ConfigurationPath.GetParentPath(at))
        {
            if ((YarpKeys.Known.GetValueOrDefault(at) ?? YarpKeys.Known.GetValueOrDefault($"{at}:*")) is { } rule)
            {
                return rule;
            }
        }

        return null;
    }

    private static bool IsAtOrBelow(string key, string above) => key == above || key.StartsWith($"{above}:", StringComparison.Ordinal);

    private static bool IsOurs(string key)
    {
        var type = typeof(LoadBalancerOptions);
        foreach (var name in key.Split(':'))
        {
            if (name == "*")
            {
                type = type.GenericTypeArguments[^1];
            }
            else if (type.GetProperty(name, BindingFlags.Public | BindingFlags.Instance) is { } property)
            {
                type = property.PropertyType;
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    // Down to what is a value, or a dictionary that YARP does not look into.
    private static IEnumerable<string> KeysOf(Type type, string path)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var (below, at) = (property.PropertyType, $"{path}:{property.Name}");
            if (below.IsGenericType && below.GenericTypeArguments[^1] is { } item && IsOfYarp(item))
            {
                (below, at) = (item, $"{at}:*");
            }

            foreach (var key in IsOfYarp(below) ? KeysOf(below, at) : [at])
            {
                yield return key;
            }
        }
    }

    private static bool IsOfYarp(Type type) => type is { IsClass: true } or { IsInterface: true } && type.Namespace?.StartsWith("Yarp.", StringComparison.Ordinal) == true;
}
