using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.UnitTests.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class ContentCodingTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("gzip", ContentCoding.Gzip)]
    [InlineData("x-gzip", ContentCoding.Gzip)]
    [InlineData("GZIP, deflate, br", ContentCoding.Br)]
    [InlineData("gzip;q=1.0, br;q=0.5", ContentCoding.Gzip)]
    [InlineData("gzip ; q=0.2 , br ; q=0.1", ContentCoding.Gzip)]
    [InlineData("br;q=0", null)]
    [InlineData("*", ContentCoding.Br)]
    [InlineData("*;q=0.5, br;q=0", ContentCoding.Gzip)]
    [InlineData("*;q=0", null)]
    [InlineData("identity", null)]
    [InlineData("identity;q=0.5, gzip;q=0.4", null)]
    [InlineData("identity, gzip", ContentCoding.Gzip)]
    [InlineData("gzip;q=2", null)]
    [InlineData("gzip;x=1", null)]
    [InlineData("deflate, zstd", null)]
    public void The_coding_is_the_one_that_the_client_likes_best(string accepted, ContentCoding? expected) =>
        Assert.Equal(expected, ContentCodings.Choose(accepted, [ContentCoding.Br, ContentCoding.Gzip]));

    [Theory]
    [InlineData("text/html; charset=utf-8", "text/*", true)]
    [InlineData("TEXT/HTML", "text/html", true)]
    [InlineData("application/problem+json", "*/*+json", true)]
    [InlineData("application/json", "*/*+json", false)]
    [InlineData("textual/html", "text/*", false)]
    [InlineData("", "text/*", false)]
    public void A_media_type_is_like_a_pattern(string type, string pattern, bool matches) => Assert.Equal(matches, MediaTypes.Matches(type, pattern));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "Codings": [ "Gzip" ], "ContentTypes": [ "text/*", "*/*+xml", "application/json" ] }""")]
    [InlineData("""{ "ContentTypes": [ "text", "*/*", "a b/c" ] }""", ":ContentTypes:0: 'text' is not a media type: write type/subtype, type/* or */*+suffix", ":ContentTypes:1: '*/*' is not a media type: write type/subtype, type/* or */*+suffix", ":ContentTypes:2: 'a b/c' is not a media type: write type/subtype, type/* or */*+suffix")]
    public void What_is_compressed_is_said_in_full(string compression, params string[] errors)
    {
        var (options, unread) = Json.Options($$"""{ "Clusters": { "c": {} }, "Routes": { "r": { "ClusterId": "c", "Compression": {{compression}} } } }""");

        Assert.Empty(unread);
        Assert.Equal(errors.Select(error => $"Routes:r:Compression{error}"), LoadBalancerOptionsValidator.Validate(options).Select(error => error.ToString()));
        Assert.Equal("Routes:r:Compression", EventLoopLacks.First(options)?.Path);
    }
}
