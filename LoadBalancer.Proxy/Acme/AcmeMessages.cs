using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoadBalancer.Proxy.Acme;

/// <summary>Where an authority is asked for what (RFC 8555, 7.1.1).</summary>
internal sealed record AcmeDirectory(Uri? NewNonce, Uri? NewAccount, Uri? NewOrder, AcmeDirectoryMeta? Meta);

/// <param name="ExternalAccountRequired">Whether an account is had only by who has one elsewhere.</param>
internal sealed record AcmeDirectoryMeta(bool ExternalAccountRequired);

/// <summary>An account to be made, or found by its key (RFC 8555, 7.3).</summary>
internal sealed record AcmeNewAccount(bool TermsOfServiceAgreed, IReadOnlyList<string>? Contact, JsonElement? ExternalAccountBinding);

/// <summary>A certificate to be ordered (RFC 8555, 7.4).</summary>
internal sealed record AcmeNewOrder(IReadOnlyList<AcmeIdentifier> Identifiers);

/// <summary>What a certificate is for.</summary>
internal sealed record AcmeIdentifier(string? Type, string? Value);

/// <summary>The request for a certificate, in base64url.</summary>
internal sealed record AcmeFinalize(string Csr);

/// <summary>An order (RFC 8555, 7.1.3).</summary>
internal sealed record AcmeOrder(string? Status, IReadOnlyList<Uri>? Authorizations, Uri? Finalize, Uri? Certificate, AcmeProblem? Error);

/// <summary>The proof that a name is the account's (RFC 8555, 7.1.4).</summary>
internal sealed record AcmeAuthorization(string? Status, AcmeIdentifier? Identifier, IReadOnlyList<AcmeChallenge>? Challenges);

/// <summary>One way to prove it (RFC 8555, 8).</summary>
internal sealed record AcmeChallenge(string? Type, Uri? Url, string? Token, string? Status, AcmeProblem? Error);

/// <summary>What an authority says is wrong (RFC 7807, RFC 8555, 6.7).</summary>
internal sealed record AcmeProblem(string? Type, string? Detail, IReadOnlyList<AcmeProblem>? Subproblems = null, AcmeIdentifier? Identifier = null)
{
    private const string Prefix = "urn:ietf:params:acme:error:";
    private const int LongestDetail = 500;

    /// <summary>The type of ACME; empty where it is another.</summary>
    [JsonIgnore]
    public string Kind => Type?.StartsWith(Prefix, StringComparison.Ordinal) == true ? Type[Prefix.Length..] : "";

    /// <summary>All of it in one line.</summary>
    public override string ToString()
    {
        var name = Kind.Length > 0 ? Kind : Type;
        var line = string.Join(": ", new[] { Identifier?.Value, name, Detail }.Where(part => !string.IsNullOrEmpty(part)).Select(part => OneLine(part!)));
        return Subproblems is { Count: > 0 } parts ? $"{line} ({string.Join("; ", parts)})" : line;
    }

    // What comes from elsewhere neither begins a line of its own in the log nor fills it.
    private static string OneLine(string text)
    {
        var line = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
        return line.Length > LongestDetail ? $"{line[..LongestDetail]}..." : line;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AcmeDirectory))]
[JsonSerializable(typeof(AcmeNewAccount))]
[JsonSerializable(typeof(AcmeNewOrder))]
[JsonSerializable(typeof(AcmeFinalize))]
[JsonSerializable(typeof(AcmeOrder))]
[JsonSerializable(typeof(AcmeAuthorization))]
[JsonSerializable(typeof(AcmeProblem))]
internal sealed partial class AcmeJson : JsonSerializerContext;
