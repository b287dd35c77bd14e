namespace LoadBalancer.Proxy.Configuration;

/// <summary>Marks an option whose value nobody is shown.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : Attribute;

/// <summary>Marks an option that is read at the start: a reload changes it for the next one.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ReadAtStartAttribute : Attribute;

/// <summary>Knows what is secret although its option is not marked: values of header fields that carry credentials.</summary>
internal static class Secrets
{
    /// <summary>What stands in place of a secret.</summary>
    public const string Mask = "(secret)";

    private static readonly string[] Parts = ["authorization", "authenticate", "cookie", "token", "secret", "password", "api-key", "apikey", "credential", "signature"];

    /// <summary>Whether the values of a header field of this name are secret.</summary>
    public static bool IsField(string name) => Array.Exists(Parts, part => name.Contains(part, StringComparison.OrdinalIgnoreCase));
}
