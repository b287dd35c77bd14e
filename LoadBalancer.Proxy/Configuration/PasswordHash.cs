using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>The hash of a password, as it stands in the configuration: PBKDF2 (RFC 8018, 5.2) with HMAC-SHA-256. To find out whether a password fits takes long, on purpose.</summary>
internal sealed class PasswordHash
{
    /// <summary>What it looks like.</summary>
    public const string Form = "pbkdf2-sha256$iterations$salt$hash";

    /// <summary>How many iterations there are where nobody says (OWASP Password Storage Cheat Sheet, 2023).</summary>
    public const int DefaultIterations = 600_000;

    /// <summary>How few there may be.</summary>
    public const int LeastIterations = 1_000;

    /// <summary>How many there may be: some seconds.</summary>
    public const int MostIterations = 10_000_000;

    private const string Scheme = "pbkdf2-sha256";
    private const int SaltLength = 16;
    private const int LeastSaltLength = 8;

    private readonly int _iterations;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private PasswordHash(int iterations, byte[] salt, byte[] hash) => (_iterations, _salt, _hash) = (iterations, salt, hash);

    /// <summary>Reads a hash.</summary>
    /// <returns>Null when the text is none.</returns>
    public static PasswordHash? TryParse(string text) =>
        text.Split('$') is [Scheme, var iterations, var salt, var hash]
        && int.TryParse(iterations, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= LeastIterations and <= MostIterations
        && TryDecode(salt) is { Length: >= LeastSaltLength } saltBytes
        && TryDecode(hash) is { Length: SHA256.HashSizeInBytes } hashBytes
            ? new PasswordHash(count, saltBytes, hashBytes)
            : null;

    /// <summary>Makes the hash of a password, with a new salt.</summary>
    public static string Create(string password, int iterations)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        var hash = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}${iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");
    }

    /// <summary>Whether a password fits. It takes as long when it does not.</summary>
    public bool Fits(ReadOnlySpan<byte> password)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Rfc2898DeriveBytes.Pbkdf2(password, _salt, hash, _iterations, HashAlgorithmName.SHA256);
        return CryptographicOperations.FixedTimeEquals(hash, _hash);
    }

    private static byte[]? TryDecode(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
