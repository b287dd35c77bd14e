using System.Collections;
using System.Net;
using System.Reflection;
using LoadBalancer.Proxy.Configuration;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class OptionsDiffTests
{
    private static readonly LoadBalancerOptions Web = Of(new() { ["Clusters:web:Destinations:a:Address"] = "http://a:1", ["Routes:all:ClusterId"] = "web" });

    [Fact]
    public void The_same_options_have_no_difference() =>
        Assert.Empty(OptionsDiff.Between(Web, Of(new() { ["Clusters:WEB:Destinations:A:Address"] = "http://a:1", ["Routes:all:ClusterId"] = "web" })));

    [Fact]
    public void What_is_added_removed_and_changed_is_told_by_its_key_with_what_stood_and_stands_there()
    {
        var after = Of(new()
        {
            ["Clusters:web:Destinations:a:Address"] = "http://a:1",
            ["Clusters:web:Destinations:a:Weight"] = "3",
            ["Clusters:web:Destinations:b:Address"] = "http://b:1",
            ["Clusters:web:HealthCheck:Active:Interval"] = "5s",
            ["Clusters:other:Destinations:c:Address"] = "http://c:1",
            ["Clusters:other:Retry:MaxAttempts"] = "5",
            ["Listeners:http:Url"] = "http://localhost:81",
            ["Limits:MaxConnections"] = "10",
            ["ShutdownTimeout"] = "5s",
        });

        OptionsChange[] expected =
        [
            new(OptionsChangeKind.Added, "listener", "Listeners:http", null, """{"Url":"http://localhost:81"}""", false),
            new(OptionsChangeKind.Removed, "route", "Routes:all", """{"ClusterId":"web"}""", null, false),
            new(OptionsChangeKind.Changed, "cluster", "Clusters:web:HealthCheck:Active:Interval", "10s", "5s", false),
            new(OptionsChangeKind.Changed, "destination", "Clusters:web:Destinations:a:Weight", "1", "3", false),
            new(OptionsChangeKind.Added, "destination", "Clusters:web:Destinations:b", null, """{"Address":"http://b:1"}""", false),
            new(OptionsChangeKind.Added, "cluster", "Clusters:other", null, """{"Retry":{"MaxAttempts":5},"Destinations":{"c":{"Address":"http://c:1"}}}""", false),
            new(OptionsChangeKind.Added, "setting", "Limits:MaxConnections", null, "10", false),
            new(OptionsChangeKind.Changed, "setting", "ShutdownTimeout", "30s", "5s", true),
        ];
        Assert.Equal(expected.OrderBy(change => change.Path), OptionsDiff.Between(Web, after).OrderBy(change => change.Path));
    }

    [Fact]
    public void A_secret_that_changes_is_told_and_not_shown()
    {
        var change = Assert.Single(OptionsDiff.Between(new LoadBalancerOptions { Admin = new() { Token = "before" } }, new LoadBalancerOptions { Admin = new() { Token = "after" } }));

        Assert.Equal(new OptionsChange(OptionsChangeKind.Changed, "setting", "Admin:Token", "(secret)", "(secret)", false), change);
    }

    [Fact]
    public void Services_and_log_levels_are_compared_too()
    {
        var before = Reading(new() { ["services:web:http:0"] = "http://a:1", ["services:old:http:0"] = "http://o:1" }, new() { ["Logging:LogLevel:Default"] = "Debug", ["OTEL_EXPORTER_OTLP_HEADERS"] = "x" });
        var after = Reading(new() { ["services:web:http:0"] = "http://a:1", ["services:web:http:1"] = "http://b:1" }, new() { ["Logging:LogLevel:Default"] = "Warning", ["OTEL_EXPORTER_OTLP_HEADERS"] = "y" });

        Assert.Equal(
            [
                new(OptionsChangeKind.Removed, "service", "services:old:http", "http://o:1", null, false),
                new(OptionsChangeKind.Changed, "service", "services:web:http", "http://a:1", "http://a:1, http://b:1", false),
                new(OptionsChangeKind.Changed, "setting", "Logging:LogLevel:Default", "Debug", "Warning", false),
            ],
            OptionsDiff.Between(before, after));

        static ConfigurationReading Reading(Dictionary<string, string?> services, Dictionary<string, string?> host) =>
            new(new LoadBalancerOptions(), new ServiceDirectory(new ConfigurationBuilder().AddInMemoryCollection(services).Build().GetSection("services"))) { Host = host };
    }

    /// <summary>A difference in any option of any type is found: no key is forgotten here.</summary>
    [Fact]
    public void Every_option_is_compared()
    {
        var paths = Changed(typeof(LoadBalancerOptions), change => change).ToList();

        Assert.True(paths.Count > 100, $"only {paths.Count} options were found");
        Assert.All(paths, one => Assert.True(
            OptionsDiff.Between(one.Before, one.After).Any(change => one.Path.StartsWith(change.Path, StringComparison.Ordinal) || change.Path.StartsWith(one.Path, StringComparison.Ordinal)), one.Path));
    }

    // For each option a pair of configurations that differ in it alone.
    private static IEnumerable<(string Path, LoadBalancerOptions Before, LoadBalancerOptions After)> Changed(Type type, Func<object, object> within, string path = "")
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var at = path.Length == 0 ? property.Name : $"{path}:{property.Name}";
            var (valueType, wrap, inner) = Unwrap(property.PropertyType, at);
            if (StrictReader.IsScalar(valueType))
            {
                // The first takes a file. Of the others there is no other value.
                if (valueType == typeof(CertificateAuthorities) || valueType is { IsEnum: true } && Enum.GetValues(valueType).Length == 1)
                {
                    continue;
                }

                yield return (at, (LoadBalancerOptions)within(Activator.CreateInstance(type)!), (LoadBalancerOptions)within(With(type, property, wrap(Other(valueType, property.GetValue(Activator.CreateInstance(type)))))));
            }
            else
            {
                foreach (var pair in Changed(valueType, value => within(With(type, property, wrap(value))), inner))
                {
                    yield return pair;
                }
            }
        }
    }

    private static (Type Value, Func<object, object> Wrap, string Path) Unwrap(Type type, string path)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            var (value, wrap, inner) = Unwrap(type.GenericTypeArguments[1], $"{path}:one");
            return (value, item =>
            {
                var entries = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), type.GenericTypeArguments[1]))!;
                entries["one"] = wrap(item);
                return entries;
            }, inner);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var (value, wrap, inner) = Unwrap(type.GenericTypeArguments[0], path);
            return (value, item =>
            {
                var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(type.GenericTypeArguments[0]))!;
                list.Add(wrap(item));
                return list;
            }, inner);
        }

        return (type, item => item, path);
    }

    private static object With(Type type, PropertyInfo property, object value)
    {
        var instance = Activator.CreateInstance(type)!;
        property.SetValue(instance, value);
        return instance;
    }

    private static object Other(Type type, object? value) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var text when text == typeof(string) => $"{value}other",
        var flag when flag == typeof(bool) => value is not true,
        var number when number == typeof(int) => value is 7 ? 8 : 7,
        var number when number == typeof(long) => value is 7L ? 8L : 7L,
        var number when number == typeof(double) => value is 0.25 ? 0.5 : 0.25,
        var span when span == typeof(TimeSpan) => TimeSpan.FromMilliseconds(1234),
        var network when network == typeof(IPNetwork) => IPNetwork.Parse("10.0.0.0/8"),
        var version when version == typeof(Version) => new Version(3, 0),
        var statuses when statuses == typeof(StatusRanges) => StatusRanges.TryParse("418")!,
        { IsEnum: true } names => Enum.GetValues(names).Cast<object>().First(one => !one.Equals(value)),
        var unknown => throw new NotSupportedException($"This test knows no other value of {unknown}."),
    };

    private static LoadBalancerOptions Of(Dictionary<string, string?> settings)
    {
        var section = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create($"LoadBalancer:{pair.Key}", pair.Value))).Build().GetSection("LoadBalancer");
        var (options, errors) = StrictReader.Read<LoadBalancerOptions>(section);
        Assert.Empty(errors);
        return options;
    }
}
