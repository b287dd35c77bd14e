using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

/// <summary>Routes that answer themselves, and clusters that fall back on others.</summary>
public sealed class OwnAnswerValidatorTests
{
    [Theory]
    [InlineData("""{ "Respond": {} }""")]
    [InlineData("""{ "Respond": { "StatusCode": 503, "Body": "sorry", "ContentType": "text/html", "Headers": { "Retry-After": "60", "X-A": "b c" } } }""")]
    [InlineData("""{ "Respond": { "StatusCode": 204 }, "Order": 1 }""")]
    public void An_answer_that_can_be_given_has_no_errors(string route) => Assert.Empty(Validate($$"""{ "Routes": { "r": {{route}} } }"""));

    [Theory]
    [InlineData("""{ "Respond": {}, "ClusterId": "c" }""", "ClusterId: says that the route leads somewhere else than Respond does: keep one of them")]
    [InlineData("""{ "Respond": {}, "Redirect": { "Scheme": "https" } }""", "Redirect: says that the route leads somewhere else than Respond does: keep one of them")]
    [InlineData("""{ "Respond": { "StatusCode": 204, "Body": "x" } }""", "Respond:Body: has no effect: an answer with status 204 has no content")]
    [InlineData("""{ "Respond": { "ContentType": "text/html" } }""", "Respond:ContentType: has no effect: there is no Body")]
    [InlineData("""{ "Respond": { "Body": "x", "ContentType": "a\r\nb" } }""", "Respond:ContentType: is empty, or has a character that cannot stand in the value of a header")]
    [InlineData("""{ "Respond": { "Headers": { "X A": "b" } } }""", "Respond:Headers:X A: 'X A' is not the name of a header")]
    [InlineData("""{ "Respond": { "Headers": { "X-A": "b\nX-B: c" } } }""", "Respond:Headers:X-A: is empty, or has a character that cannot stand in the value of a header")]
    [InlineData("""{ "Respond": { "Headers": { "content-length": "1" } } }""", "Respond:Headers:content-length: is for the proxy itself to write")]
    [InlineData("""{ "Respond": { "Headers": { "Content-Type": "a/b" } } }""", "Respond:Headers:Content-Type: has a key of its own: ContentType")]
    [InlineData("""{ "Respond": {}, "Timeout": "1s" }""", "Timeout: has no effect: an answer of the proxy's own waits for nobody")]
    [InlineData("""{ "Respond": {}, "RateLimit": { "Requests": 1 } }""", "RateLimit: has no effect: an answer of the proxy's own costs no destination anything")]
    [InlineData("""{ "Respond": {}, "Transforms": [ { "PathPrefix": "/a" } ] }""", "Transforms: has no effect: an answer of the proxy's own passes nothing on")]
    public void An_answer_that_cannot_be_given_is_an_error(string route, string error) =>
        Assert.Equal([$"Routes:r:{error}"], Validate($$"""{ "Clusters": { "c": {} }, "Routes": { "r": {{route}} } }"""));

    [Fact]
    public void A_body_has_a_limit() => Assert.Equal(
        ["Routes:r:Respond:Body: is longer than 65536 bytes"], Validate($$"""{ "Routes": { "r": { "Respond": { "Body": "{{new string('x', 65_537)}}" } } } }"""));

    [Theory]
    [InlineData("""{ "a": { "Fallback": "b" }, "b": {} }""")]
    [InlineData("""{ "a": { "Fallback": "c" }, "b": { "Fallback": "C" }, "c": {} }""")]
    [InlineData("""{ "a": { "Fallback": "x" }, "b": {} }""", "Clusters:a:Fallback: no cluster is named 'x'; clusters: a, b")]
    [InlineData("""{ "a": { "Fallback": "a" } }""", "Clusters:a:Fallback: leads back to 'a': a -> a")]
    [InlineData("""{ "a": { "Fallback": "b" }, "b": { "Fallback": "a" } }""", "Clusters:a:Fallback: leads back to 'a': a -> b -> a")]
    [InlineData("""{ "a": { "Fallback": "A" }, "b": { "Fallback": "c" }, "c": { "Fallback": "b" } }""", "Clusters:a:Fallback: leads back to 'a': a -> A", "Clusters:b:Fallback: leads back to 'b': b -> c -> b")]
    [InlineData("""{ "a": { "Fallback": "b" }, "b": { "Fallback": "c" }, "c": { "Fallback": "b" } }""", "Clusters:b:Fallback: leads back to 'b': b -> c -> b")]
    public void A_fallback_is_another_cluster_and_leads_nowhere_back(string clusters, params string[] errors) =>
        Assert.Equal(errors, Validate($$"""{ "Clusters": {{clusters}}, "Routes": { "r": { "ClusterId": "a" } } }"""));

    [Fact]
    public void An_access_log_without_a_name_is_an_error() =>
        Assert.Equal(["AccessLog:File: is empty: write the path of a file, or leave it out for the standard output"], Validate("""{ "AccessLog": { "File": " " } }"""));

    private static string[] Validate(string json)
    {
        var (options, errors) = Json.Options(json);
        Assert.Empty(errors);
        return [.. LoadBalancerOptionsValidator.Validate(options).Select(error => error.ToString())];
    }
}
