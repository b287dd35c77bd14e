using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LoadBalancer.Proxy.Acme;

namespace LoadBalancer.Proxy.UnitTests.Acme;

public sealed class JwsTests
{
    // RFC 7515, A.1.1.
    private const string Payload = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

    [Fact]
    public void It_is_put_together_as_in_the_first_example_of_RFC_7515()
    {
        var key = Base64Url.DecodeFromChars("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");

        var jws = Jws.Flatten("{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}", Payload, data => HMACSHA256.HashData(key, data));

        Assert.Equal(
            """{"protected":"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9","payload":"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ","signature":"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}""",
            jws);
    }

    [Fact]
    public void A_signature_has_the_form_of_that_in_the_third_example()
    {
        const string signed = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        using var key = RfcKey();
        using var own = AcmeKey.FromPem(key.ExportPkcs8PrivateKeyPem());
        string[] signatures =
        [
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            Base64Url.EncodeToString(own.Sign(Encoding.ASCII.GetBytes(signed))),
        ];

        Assert.All(signatures, signature => Assert.True(key.VerifyData(
            Encoding.ASCII.GetBytes(signed), Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)));
    }

    [Fact]
    public void A_key_is_told_by_its_members_in_order()
    {
        using var key = RfcKey();
        using var own = AcmeKey.FromPem(key.ExportPkcs8PrivateKeyPem());

        Assert.Equal("""{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}""", own.Jwk);
        Assert.Equal("token.oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", own.Authorize("token"));
    }

    [Theory]
    [InlineData(null, "jwk")]
    [InlineData("https://ca.example/account/1", "kid")]
    public void The_signer_is_the_key_until_there_is_an_account(string? account, string member)
    {
        using var key = AcmeKey.Create();

        var header = HeaderOf(Jws.Sign(key, account, "n\"1", new Uri("https://ca.example/new?a=1"), "{}"));

        Assert.Equal(["alg", member, "nonce", "url"], header.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("ES256", "n\"1", "https://ca.example/new?a=1"), (header.GetProperty("alg").GetString(), header.GetProperty("nonce").GetString(), header.GetProperty("url").GetString()));
    }

    [Fact]
    public void A_key_survives_its_file()
    {
        using var key = AcmeKey.Create();
        using var again = AcmeKey.FromPem(key.ToPem());

        Assert.Equal(key.Thumbprint, again.Thumbprint);
    }

    internal static JsonElement HeaderOf(string jws) => MemberOf(jws, "protected");

    internal static JsonElement PayloadOf(string jws) => MemberOf(jws, "payload");

    private static JsonElement MemberOf(string jws, string name)
    {
        using var document = JsonDocument.Parse(jws);
        using var member = JsonDocument.Parse(Base64Url.DecodeFromChars(document.RootElement.GetProperty(name).GetString()));
        return member.RootElement.Clone();
    }

    // RFC 7515, A.3.1.
    private static ECDsa RfcKey() => ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint
        {
            X = Base64Url.DecodeFromChars("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            Y = Base64Url.DecodeFromChars("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
        },
        D = Base64Url.DecodeFromChars("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"),
    });
}
