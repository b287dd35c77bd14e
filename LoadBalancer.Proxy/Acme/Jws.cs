using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LoadBalancer.Proxy.Acme;

/// <summary>Signed JSON, flattened (RFC 7515, 7.2.2): what an authority takes (RFC 8555, 6.2).</summary>
internal static class Jws
{
    /// <summary>Signs what is sent to an authority.</summary>
    /// <param name="key">The key of the account.</param>
    /// <param name="account">The URL of the account; null where there is none yet, and the key itself goes along.</param>
    /// <param name="nonce">The nonce that the authority gave.</param>
    /// <param name="url">Where it is sent.</param>
    /// <param name="payload">What is sent; empty for a question.</param>
    public static string Sign(AcmeKey key, string? account, string nonce, Uri url, string payload)
    {
        var signer = account is null ? $"\"jwk\":{key.Jwk}" : $"\"kid\":{Quote(account)}";
        return Flatten($$"""{"alg":"ES256",{{signer}},"nonce":{{Quote(nonce)}},"url":{{Quote(url.AbsoluteUri)}}}""", payload, key.Sign);
    }

    /// <summary>Signs the key of an account by that of one elsewhere (RFC 8555, 7.3.4).</summary>
    /// <param name="key">The key of the account.</param>
    /// <param name="id">The identifier of the other key.</param>
    /// <param name="secret">The other key, in base64url.</param>
    /// <param name="url">Where the account is made.</param>
    public static string Bind(AcmeKey key, string id, string secret, Uri url) => Flatten(
        $$"""{"alg":"HS256","kid":{{Quote(id)}},"url":{{Quote(url.AbsoluteUri)}}}""", key.Jwk, data => HMACSHA256.HashData(Base64Url.DecodeFromChars(secret), data));

    /// <summary>Puts it together.</summary>
    /// <param name="header">The protected header.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="sign">Signs.</param>
    public static string Flatten(string header, string payload, Func<byte[], byte[]> sign)
    {
        var (first, second) = (Encode(header), Encode(payload));
        var signature = Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes($"{first}.{second}")));
        return $$"""{"protected":"{{first}}","payload":"{{second}}","signature":"{{signature}}"}""";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
