namespace LoadBalancer.Proxy.Http;

/// <summary>A name and a password, as a client sends them (RFC 7617).</summary>
internal readonly ref struct BasicCredentials
{
    /// <summary>How long both may be together, in bytes.</summary>
    public const int Most = 512;

    private const string Scheme = "Basic ";

    private BasicCredentials(ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        User = user;
        Password = password;
    }

    /// <summary>The name, in UTF-8.</summary>
    public ReadOnlySpan<byte> User { get; }

    /// <summary>The password, likewise.</summary>
    public ReadOnlySpan<byte> Password { get; }

    /// <summary>Reads the value of <c>Authorization</c>.</summary>
    /// <param name="value">The value.</param>
    /// <param name="scratch">Gets the bytes; of <see cref="Most"/> bytes.</param>
    /// <param name="credentials">The name and password.</param>
    /// <returns>False when there are none, or they are too long.</returns>
    public static bool TryRead(ReadOnlySpan<char> value, Span<byte> scratch, out BasicCredentials credentials)
    {
        credentials = default;
        if (!value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || !Convert.TryFromBase64Chars(value[Scheme.Length..].Trim(' '), scratch[..Most], out var length))
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = scratch[..length];
        var colon = bytes.IndexOf((byte)':');
        if (colon < 0)
        {
            return false;
        }

        credentials = new BasicCredentials(bytes[..colon], bytes[(colon + 1)..]);
        return true;
    }
}
