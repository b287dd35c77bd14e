using System.Reflection;
using System.Reflection.Emit;
using LoadBalancer.Proxy.Hosting;

namespace LoadBalancer.Proxy.UnitTests.Architecture;

/// <summary>What the compiled proxy uses, type by type: in its declarations and in the code of its methods, whatever the source calls it.</summary>
internal static class CompiledProxy
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Assembly Assembly = typeof(ProxyApplication).Assembly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The types of the proxy, with those that the compiler made of its methods.</summary>
    public static IReadOnlyList<Type> Types { get; } = [.. Assembly.GetTypes().Where(type => Outermost(type).Namespace?.StartsWith("LoadBalancer.Proxy", StringComparison.Ordinal) == true)];

    /// <summary>The folder that a type stands in, as its namespace names it: <c>Clusters</c>, <c>Engines.Kestrel</c>; null for what is not ours.</summary>
    public static string? FolderOf(Type type) => Outermost(type) is { Namespace: { } name } outermost && outermost.Assembly == Assembly && name.StartsWith("LoadBalancer.Proxy.", StringComparison.Ordinal)
        ? name["LoadBalancer.Proxy.".Length..]
        : null;

    /// <summary>Everything that a type uses: types, and members as <c>Type.Member</c>.</summary>
    public static IEnumerable<(Type Type, string Member)> UsesOf(Type type)
    {
        var types = new List<Type?> { type.BaseType };
        types.AddRange(type.GetInterfaces());
        types.AddRange(type.GetFields(Declared).Select(field => field.FieldType));
        var used = new List<(Type, string)>();
        foreach (var method in type.GetMembers(Declared).OfType<MethodBase>())
        {
            types.AddRange(method.GetParameters().Select(parameter => parameter.ParameterType));
            types.Add((method as MethodInfo)?.ReturnType);
            if (method.GetMethodBody() is { } body)
            {
                types.AddRange(body.LocalVariables.Select(local => local.LocalType));
                used.AddRange(Tokens(body.GetILAsByteArray()!).SelectMany(token => Resolve(method, token)));
            }
        }

        return used.Concat(types.OfType<Type>().Select(used => (used, ""))).SelectMany(use => Parts(use.Item1).Select(part => (part, use.Item2)));
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } declaring ? Outermost(declaring) : type;

    // List<Destination[]> is of List, of Destination[] and of Destination.
    private static IEnumerable<Type> Parts(Type type)
    {
        while (type.HasElementType)
        {
            type = type.GetElementType()!;
        }

        return type.IsGenericParameter ? [] : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()) : [type];
    }

    private static IEnumerable<(Type, string)> Resolve(MethodBase method, int token)
    {
        var member = method.Module.ResolveMember(token, method.DeclaringType!.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : []);
        switch (member)
        {
            case Type type:
                yield return (type, "");
                break;
            case { DeclaringType: { } declaring }:
                yield return (declaring, member.Name);
                foreach (var argument in member is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericArguments() : [])
                {
                    yield return (argument, "");
                }

                break;
        }
    }

    // The operands that name a member or type.
    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xfe ? unchecked((short)(0xfe00 | code[at + 1])) : code[at];
            var operation = OpCodesByValue[value];
            at += operation.Size;
            if (operation.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return BitConverter.ToInt32(code, at);
            }

            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
