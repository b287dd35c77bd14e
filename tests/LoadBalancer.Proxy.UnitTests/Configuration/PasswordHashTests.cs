using System.Text;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class PasswordHashTests
{
    // Made by hashlib.pbkdf2_hmac of Python.
    [Theory]
    [InlineData("secret", "pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw==$Tvsru20utY6o3q7VRBeuL9h/1QqKhWhwk2PaYNRWBgY=")]
    [InlineData("p\u00e4ssword", "pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw==$T0Z5wUqa/rr8kWb7KeLsnYrEP6Go8Ns+sglAvd4sSjw=")]
    public void A_hash_that_another_program_has_made_fits(string password, string hash) => Assert.True(PasswordHash.TryParse(hash)!.Fits(Encoding.UTF8.GetBytes(password)));

    [Fact]
    public void A_hash_fits_the_password_that_it_was_made_of_and_no_other()
    {
        var text = PasswordHash.Create("secret", PasswordHash.LeastIterations);
        var hash = PasswordHash.TryParse(text)!;

        Assert.Equal((true, false, false), (hash.Fits("secret"u8), hash.Fits("Secret"u8), hash.Fits(""u8)));
        Assert.NotEqual(text, PasswordHash.Create("secret", PasswordHash.LeastIterations));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("pbkdf2-sha1$1000$AAECAwQFBgcICQoLDA0ODw==$Tvsru20utY6o3q7VRBeuL9h/1QqKhWhwk2PaYNRWBgY=")]
    [InlineData("pbkdf2-sha256$999$AAECAwQFBgcICQoLDA0ODw==$Tvsru20utY6o3q7VRBeuL9h/1QqKhWhwk2PaYNRWBgY=")]
    [InlineData("pbkdf2-sha256$10000001$AAECAwQFBgcICQoLDA0ODw==$Tvsru20utY6o3q7VRBeuL9h/1QqKhWhwk2PaYNRWBgY=")]
    [InlineData("pbkdf2-sha256$1000$AAEC$Tvsru20utY6o3q7VRBeuL9h/1QqKhWhwk2PaYNRWBgY=")]
    [InlineData("pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw==$Tvsru20utY6o3q7VRBeuL9h")]
    [InlineData("pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw==$Tvsru20utY6o3q7VRBeuL9h/1QqKhWhwk2PaYNRWBgY=$")]
    public void What_is_no_hash_is_none(string text) => Assert.Null(PasswordHash.TryParse(text));

    [Theory]
    [InlineData("""{ "Allow": [ "10.0.0.0/8" ] }""")]
    [InlineData("""{ "BasicAuth": { "Users": { "alice": "pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw==$Tvsru20utY6o3q7VRBeuL9h/1QqKhWhwk2PaYNRWBgY=" } } }""")]
    [InlineData("{}", ": has no effect: it has no Allow, Deny or BasicAuth, so that everyone may ask")]
    [InlineData("""{ "Allow": [ "10.0.0.0/8", "192.0.2.1" ], "Deny": [ "10.1.0.0/16", "192.0.2.1" ] }""")]
    [InlineData("""{ "Allow": [ "10.1.0.0/16", "192.0.2.1" ], "Deny": [ "10.0.0.0/8", "192.0.2.1" ] }""", ":Allow: has no effect: all of it is in Deny, so that nobody may ask")]
    [InlineData("""{ "BasicAuth": {} }""", ":BasicAuth:Users: is missing: nobody could ask for anything")]
    [InlineData("""{ "BasicAuth": { "Users": { "alice": "secret" } } }""", ":BasicAuth:Users:alice: is not the hash of a password: write pbkdf2-sha256$iterations$salt$hash, with 1000 to 10000000 iterations, as 'loadbalancer hash-password' makes it")]
    [InlineData("""{ "BasicAuth": { "Users": { "a b": "x" } } }""", ":BasicAuth:Users:a b: is not a name: it is empty, or has a blank")]
    [InlineData("""{ "Deny": [ "10.0.0.1" ], "BasicAuth": { "Realm": "a\"b", "Users": { "alice": "pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw==$Tvsru20utY6o3q7VRBeuL9h/1QqKhWhwk2PaYNRWBgY=" } } }""", ":BasicAuth:Realm: must be of ASCII letters, digits and punctuation, without quotation marks and backslashes")]
    public void Who_may_ask_is_said_in_full(string access, params string[] errors)
    {
        var (options, unread) = Json.Options($$"""{ "Clusters": { "c": {} }, "Routes": { "r": { "ClusterId": "c", "Access": {{access}} } } }""");

        Assert.Empty(unread);
        Assert.Equal(errors.Select(error => $"Routes:r:Access{error}"), LoadBalancerOptionsValidator.Validate(options).Select(error => error.ToString()));
    }

    [Fact]
    public void A_network_that_is_none_is_an_error() => Assert.Equal(
        ["Routes:r:Access:Deny:0: '10.0.0.1/8' is not a network such as 10.0.0.0/8 or 2001:db8::/32, with no bits set behind its prefix, or an address"],
        Json.Errors("""{ "Routes": { "r": { "Access": { "Deny": [ "10.0.0.1/8" ] } } } }"""));
}
