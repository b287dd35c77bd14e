using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class TransformValidatorTests
{
    // Every transform of YARP, as it may be written.
    public static readonly TheoryData<string> Right =
    [
        """{ "PathPrefix": "/prefix" }""",
        """{ "pathprefix": "prefix" }""",
        """{ "PathRemovePrefix": "/prefix" }""",
        """{ "PathSet": "/new path" }""",
        """{ "PathPattern": "/my/{plugin}/api/{**remainder}" }""",
        """{ "PathPattern": "/{plugin=none}/{other?}" }""",
        """{ "QueryValueParameter": "foo", "Append": "bar" }""",
        """{ "QueryRouteParameter": "foo", "Set": "remainder" }""",
        """{ "QueryRemoveParameter": "foo" }""",
        """{ "HttpMethodChange": "PUT", "Set": "POST" }""",
        """{ "RequestHeadersCopy": "true" }""",
        """{ "RequestHeadersCopy": false }""",
        """{ "RequestHeaderOriginalHost": "true" }""",
        """{ "RequestHeader": "MyHeader", "Set": "MyValue" }""",
        """{ "RequestHeader": "MyHeader", "Set": "" }""",
        """{ "RequestHeader": "Host", "Set": "inner.example:81" }""",
        """{ "RequestHeader": "X-Forwarded-Port", "Set": "443" }""",
        """{ "RequestHeaderRouteValue": "MyHeader", "Append": "plugin" }""",
        """{ "RequestHeaderRemove": "Cookie" }""",
        """{ "RequestHeadersAllowed": "Header1;Connection" }""",
        """{ "X-Forwarded": "Set", "For": "Remove", "Proto": "Append", "Prefix": "Off", "Host": "Set", "HeaderPrefix": "X-Seen-" }""",
        """{ "Forwarded": "by,for,host,proto", "ByFormat": "Random", "ForFormat": "IpAndPort", "Action": "Append" }""",
        """{ "ClientCert": "X-Client-Cert" }""",
        """{ "ResponseHeadersCopy": "false" }""",
        """{ "ResponseHeader": "HeaderName", "Append": "value", "When": "Always" }""",
        """{ "ResponseHeader": "Alt-Svc", "Set": "clear" }""",
        """{ "ResponseHeaderRemove": "HeaderName", "When": "failure" }""",
        """{ "ResponseHeadersAllowed": "Header1;Header2" }""",
        """{ "ResponseTrailersCopy": "true" }""",
        """{ "ResponseTrailer": "trailername", "Set": "value", "When": "Success" }""",
        """{ "ResponseTrailerRemove": "trailername", "When": "Always" }""",
        """{ "ResponseTrailersAllowed": "Header1;Header2" }""",
    ];

    [Theory]
    [MemberData(nameof(Right))]
    public void A_transform_of_YARP_is_right(string transform) => Assert.Empty(Errors(transform));

    [Fact]
    public void Every_transform_and_each_of_its_keys_is_among_those()
    {
        var written = Right.SelectMany(row => Options(row.Data).Transforms).ToArray();

        // Set and Append say how, one of them at a time.
        Assert.All(TransformTable.Parameters, transform =>
        {
            var keys = written.Where(other => TransformTable.NameOf(other) == transform.Key).SelectMany(other => other.Keys).ToHashSet(StringComparer.OrdinalIgnoreCase);
            Assert.True(keys.IsSupersetOf([transform.Key, .. transform.Value.Except([TransformTable.Set, TransformTable.Append])]), transform.Key);
        });
    }

    [Theory]
    [InlineData("""{ "PathPrefx": "/a" }""", "0:PathPrefx: unknown key; did you mean 'PathPrefix'?")]
    [InlineData("""{ }""", "0: is empty: it names no transform")]
    [InlineData("""{ "RequestHeader": "X-A", "Sett": "1" }""", "0:Sett: unknown key; did you mean 'Set'?")]
    [InlineData("""{ "PathSet": "/a", "When": "Always" }""", "0:When: unknown key; PathSet has no further ones")]
    [InlineData("""{ "RequestHeader": "X-A" }""", "0: Unexpected parameters for RequestHeader: RequestHeader. Expected 'Set' or 'Append'")]
    [InlineData("""{ "RequestHeadersCopy": "perhaps" }""", "0: Unexpected value for RequestHeaderCopy: perhaps. Expected 'true' or 'false'")]
    [InlineData("""{ "HttpMethodChange": "GET", "Set": "TRACE" }""", "0:HttpMethodChange: 'TRACE' is not passed on")]
    [InlineData("""{ "RequestHeader": "X A", "Set": "1" }""", "0:RequestHeader: 'X A' is not the name of a header")]
    [InlineData("""{ "RequestHeader": "X-A", "Set": "1\r\nX-B: 2" }""", "0:RequestHeader: has a value that no header can carry: control characters, or such beyond Latin-1")]
    [InlineData("""{ "ResponseHeader": "X-A", "Set": "\u65e5" }""", "0:ResponseHeader: has a value that no header can carry: control characters, or such beyond Latin-1")]
    [InlineData("""{ "RequestHeader": "Host", "Set": "a b" }""", "0:RequestHeader: 'a b' is not a host: write name or name:port")]
    [InlineData("""{ "RequestHeader": "host", "Append": "a" }""", "0:RequestHeader: there is one Host: write Set")]
    [InlineData("""{ "RequestHeaderRemove": "Host" }""", "0:RequestHeaderRemove: a request without Host is none: RequestHeaderOriginalHost says whose it is")]
    [InlineData("""{ "RequestHeader": "X-Forwarded-For", "Set": "a" }""", "0:RequestHeader: has no effect: the proxy writes X-Forwarded-For itself, unless an X-Forwarded or Forwarded transform says otherwise")]
    [InlineData("""{ "PathPattern": "/{item}" }""", "0:PathPattern: 'item' is no part of Match:Path; known there: plugin, remainder")]
    [InlineData("""{ "QueryRouteParameter": "a", "Set": "item" }""", "0:QueryRouteParameter: 'item' is no part of Match:Path; known there: plugin, remainder")]
    [InlineData("""{ "RequestHeaderRouteValue": "X-A", "Set": "item" }""", "0:RequestHeaderRouteValue: 'item' is no part of Match:Path; known there: plugin, remainder")]
    [InlineData("""{ "ResponseTrailer": "Content-Length", "Set": "1" }""", "0:ResponseTrailer: 'Content-Length' may not come after a body (RFC 9110, 6.5.1)")]
    public void What_is_wrong_with_a_transform_is_one_error_with_its_path(string transform, string error) => Assert.Equal([$"Routes:r:Transforms:{error}"], Errors(transform));

    [Theory]
    [InlineData("RequestHeader", "Connection")]
    [InlineData("RequestHeader", "Transfer-Encoding")]
    [InlineData("RequestHeader", "Content-Length")]
    [InlineData("RequestHeader", "Upgrade")]
    [InlineData("RequestHeader", "TE")]
    [InlineData("RequestHeader", "Via")]
    [InlineData("RequestHeader", "X-Request-Id")]
    [InlineData("RequestHeader", "traceparent")]
    [InlineData("ResponseHeader", "Connection")]
    [InlineData("ResponseHeader", "Keep-Alive")]
    [InlineData("ResponseHeader", "Transfer-Encoding")]
    [InlineData("ResponseHeader", "content-length")]
    [InlineData("ResponseHeader", "Via")]
    public void What_the_proxy_answers_for_itself_is_not_transformed(string name, string field) => Assert.Equal(
        [$"Routes:r:Transforms:0:{name}: '{field}' is between neighbours, or the proxy's own: it writes what stands there"], Errors($$"""{ "{{name}}": "{{field}}", "Set": "1" }"""));

    [Fact]
    public void A_pattern_that_cannot_be_read_is_an_error() => Assert.Single(Errors("""{ "PathPattern": "/{plugin" }"""));

    [Fact]
    public void Forwarded_fields_can_be_written_where_the_proxy_does_not() =>
        Assert.Empty(Errors("""{ "X-Forwarded": "Off" }, { "RequestHeader": "X-Forwarded-For", "Set": "unknown" }"""));

    [Fact]
    public void Each_wrong_transform_is_told_of_by_its_place() => Assert.Equal(
        ["Routes:r:Transforms:1:PathPrefx: unknown key; did you mean 'PathPrefix'?", "Routes:r:Transforms:2: is empty: it names no transform"],
        Errors("""{ "PathPrefix": "/a" }, { "PathPrefx": "/b" }, { }"""));

    [Fact]
    public void A_redirect_has_none()
    {
        var (options, _) = Json.Options("""{ "Routes": { "r": { "Redirect": { "Scheme": "https" }, "Transforms": [ { "PathPrefix": "/a" } ] } } }""");

        Assert.Equal(["Routes:r:Transforms: has no effect: a redirect passes nothing on"], LoadBalancerOptionsValidator.Validate(options).Select(error => error.ToString()));
    }

    private static RouteOptions Options(string transforms)
    {
        var (options, errors) = Json.Options($$"""{ "Routes": { "r": { "ClusterId": "web", "Match": { "Path": "/{plugin}/{**remainder}" }, "Transforms": [ {{transforms}} ] } }, "Clusters": { "web": {} } }""");
        Assert.Empty(errors);
        return options.Routes["r"];
    }

    private static string[] Errors(string transforms)
    {
        var options = new LoadBalancerOptions
        {
            Routes = new Dictionary<string, RouteOptions> { ["r"] = Options(transforms) },
            Clusters = new Dictionary<string, ClusterOptions> { ["web"] = new() },
        };
        return LoadBalancerOptionsValidator.Validate(options).Select(error => error.ToString()).ToArray();
    }
}
