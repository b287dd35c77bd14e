using System.Reflection;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

/// <summary>What is off as long as its section is not there: an empty one switches it on, or is an error; a null does neither.</summary>
public sealed class EmptySectionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Sections => [.. Find(typeof(LoadBalancerOptions), "")];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Sections))]
    public void An_empty_one_is_on_or_an_error(string path)
    {
        var (options, errors) = Read(path, "{}");

        Assert.True(errors.Any(error => error.Path.StartsWith(path, StringComparison.Ordinal)) || ValueAt(options, path) is not null, string.Join('\n', errors));
    }

    [Theory]
    [MemberData(nameof(Sections))]
    public void A_null_is_as_if_it_were_not_there(string path)
    {
        var (options, errors) = Read(path, "null");

        Assert.DoesNotContain(errors, error => error.Path.StartsWith(path, StringComparison.Ordinal));
        Assert.Null(ValueAt(options, path));
    }

    private (LoadBalancerOptions Options, IReadOnlyList<ConfigurationError> Errors) Read(string path, string value)
    {
        var json = path.Split(':').Reverse().Aggregate(value, (inner, key) => $$"""{ "{{key}}": {{inner}} }""");
        var file = _folder.Write("lb.json", json);
        try
        {
            return (new ConfigurationSource(new RunArguments { ConfigFile = file }, _folder.Path, "Test").Read().Options, []);
        }
        catch (ConfigurationException exception)
        {
            // What else is missing is of no interest; the strict reader alone says what became of the section.
            return (Json.Options(json).Options, exception.Errors);
        }
    }

    private static object? ValueAt(object? value, string path)
    {
        foreach (var key in path.Split(':'))
        {
            value = value is null ? null
                : value.GetType().GetInterfaces().Any(IsNamed) ? ((System.Collections.IDictionary)value)[key]
                : value.GetType().GetProperty(key)!.GetValue(value);
        }

        return value;
    }

    private static IEnumerable<string> Find(Type type, string path)
    {
        var fresh = Activator.CreateInstance(type);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var (at, of) = (path + property.Name, property.PropertyType);
            if (IsNamed(of))
            {
                (at, of) = ($"{at}:x", of.GenericTypeArguments[1]);
            }

            if (of.Namespace == type.Namespace && of is { IsClass: true } && of.GetConstructor([]) is not null)
            {
                if (at == path + property.Name && property.GetValue(fresh) is null)
                {
                    yield return at;
                }

                foreach (var below in Find(of, at + ':'))
                {
                    yield return below;
                }
            }
        }
    }

    private static bool IsNamed(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>);
}
