using System.Reflection;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>
/// The embedded host offers what the solution uses and nothing more. A new line in PublicSurface.txt is a visible edit: check the member
/// against the public source of Aspire first.
/// </summary>
public sealed class PublicSurfaceTests
{
    [Fact]
    public void The_public_members_are_those_of_the_list()
    {
        var listed = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "PublicSurface.txt")).Where(line => line.Length > 0);
        var offered = typeof(DistributedApplication).Assembly.GetExportedTypes().SelectMany(Describe).Order(StringComparer.Ordinal).ToArray();

        // To take a change over: LB_WRITE_SURFACE=<path of PublicSurface.txt> and run this test.
        if (Environment.GetEnvironmentVariable("LB_WRITE_SURFACE") is { Length: > 0 } path)
        {
            File.WriteAllLines(path, offered);
        }

        Assert.Equal(listed, offered);
    }

    private static IEnumerable<string> Describe(Type type)
    {
        var owner = Name(type);
        yield return owner;
        if (type.IsEnum)
        {
            foreach (var value in Enum.GetNames(type))
            {
                yield return $"{owner}.{value} = {Convert.ToInt64(Enum.Parse(type, value), null)}";
            }
            yield break;
        }

        // What the compiler adds to a record is Aspire's as well, being a record there too.
        const BindingFlags declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var isRecord = type.GetMethod("<Clone>$") is not null || (type.IsValueType && type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null);
        foreach (var member in type.GetMembers(declared))
        {
            switch (member)
            {
                case ConstructorInfo constructor:
                    yield return $"{owner}({Parameters(constructor)})";
                    break;
                case PropertyInfo property:
                    yield return $"{owner}.{property.Name} : {Name(property.PropertyType)}";
                    break;
                case FieldInfo field:
                    yield return $"{owner}.{field.Name} : {Name(field.FieldType)}";
                    break;
                case MethodInfo { IsSpecialName: false } method when !isRecord || method.Name is not ("ToString" or "GetHashCode" or "Equals" or "Deconstruct" or "<Clone>$"):
                    yield return $"{owner}.{method.Name}{Generics(method)}({Parameters(method)}) : {Name(method.ReturnType)}";
                    break;
                default:
                    break;
            }
        }
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "null"}" : "")}"));

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    private static string Name(Type type) => Nullable.GetUnderlyingType(type) is { } value ? $"{Name(value)}?"
        : type.IsByRef ? $"in {Name(type.GetElementType()!)}"
        : type.IsArray ? $"{Name(type.GetElementType()!)}[]"
        : type.IsGenericParameter ? type.Name
        : type.IsGenericType ? $"{Plain(type)}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : Plain(type);

    private static string Plain(Type type)
    {
        var name = type.IsNested ? $"{Plain(type.DeclaringType!)}.{type.Name}" : type.Name;
        var bare = name.Split('`')[0];
        return type.Namespace?.StartsWith("Aspire", StringComparison.Ordinal) == true && !type.IsNested ? $"{type.Namespace}.{bare}" : bare;
    }
}
