using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class SessionValidatorTests
{
    [Theory]
    [InlineData("""{ "AffinityKeyName": "a b" }""", "AffinityKeyName: 'a b' is not the name of a cookie")]
    [InlineData("""{ "Policy": "CustomHeader", "AffinityKeyName": "a b" }""", "AffinityKeyName: 'a b' is not the name of a header")]
    [InlineData("""{ "Policy": "CustomHeader", "AffinityKeyName": "Host" }""", "AffinityKeyName: Host has a meaning of its own: choose another name")]
    [InlineData("""{ "Keys": [ "long enough to be one", "short" ] }""", "Keys: has a key of fewer than 16 characters, which could be guessed")]
    [InlineData("""{ "Cookie": { "Path": "shop" } }""", "Cookie:Path: 'shop' is not a path for a cookie")]
    [InlineData("""{ "Cookie": { "Path": "/;x" } }""", "Cookie:Path: '/;x' is not a path for a cookie")]
    [InlineData("""{ "Cookie": { "Domain": "a b" } }""", "Cookie:Domain: 'a b' is not a domain")]
    [InlineData("""{ "Cookie": { "SameSite": "None", "SecurePolicy": "None" } }""", "Cookie:SameSite: None is refused by browsers for a cookie that is not for TLS only: set SecurePolicy to Always")]
    public void Sessions_that_cannot_be_as_they_are_written_are_an_error(string session, string error) =>
        Assert.Equal([$"Clusters:c:SessionAffinity:{error}"], Validate($$"""{ "Clusters": { "c": { "SessionAffinity": {{session}} } } }"""));

    [Fact]
    public void Two_clusters_cannot_have_one_cookie() => Assert.Equal(
        ["Clusters:b:SessionAffinity:AffinityKeyName: 's' is the cookie of cluster 'a' already: a client of both would lose one session to the other"],
        Validate("""
            { "Clusters": { "a": { "SessionAffinity": { "Enabled": true, "AffinityKeyName": "s" } }, "b": { "SessionAffinity": { "Enabled": true, "AffinityKeyName": "s" } } },
              "Routes": { "r": { "ClusterId": "a" } } }
            """));

    [Theory]
    [InlineData("""{ "Enabled": true }""")]
    [InlineData("""{ "Enabled": true, "Policy": "HashCookie", "FailurePolicy": "Return503Error", "AffinityKeyName": ".My.Cookie", "Cookie": { "Domain": ".shop.example", "MaxAge": "1.00:00:00" } }""")]
    [InlineData("""{ "Enabled": true, "Policy": "CustomHeader", "AffinityKeyName": "X-Session", "Keys": [ "0123456789abcdef" ] }""")]
    public void Others_are_none(string session) => Assert.Empty(Validate($$"""{ "Clusters": { "c": { "SessionAffinity": {{session}} } } }"""));

    private static IEnumerable<string> Validate(string json)
    {
        var (options, errors) = Json.Options(json);
        return errors.Concat(LoadBalancerOptionsValidator.Validate(options)).Select(error => error.ToString());
    }
}
