using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>YARP's transforms on a route, seen from both ends of the wire.</summary>
public abstract class TransformTests
{
    [Theory]
    [InlineData("PathPrefix=/prefix", "/a?b=c", "/prefix/a?b=c")]
    [InlineData("PathPrefix=/my prefix", "/a", "/my%20prefix/a")]
    [InlineData("PathPrefix=/gr\u00fcn", "/a", "/gr%C3%BCn/a")]
    [InlineData("PathPrefix=/prefix", "/a%2Fb%252Fc%20d/%7e%41", "/prefix/a%2Fb%252Fc%20d/~A")]
    [InlineData("PathRemovePrefix=/api", "/api/a?b", "/a?b")]
    [InlineData("PathRemovePrefix=/api", "/api", "/")]
    [InlineData("PathRemovePrefix=/api", "/%61pi/a", "/a")]
    [InlineData("PathRemovePrefix=/api", "/apis", "/apis")]
    [InlineData("PathRemovePrefix=/v1;PathPrefix=/v2", "/v1/a", "/v2/a")]
    [InlineData("PathSet=/fixed", "/a/b?c", "/fixed?c")]
    [InlineData("QueryValueParameter=x,Set=1 2", "/a?x=0&y=%41", "/a?x=1%202&y=A")]
    [InlineData("QueryValueParameter=x,Append=1", "/a%2fb?x=0", "/a%2fb?x=0&x=1")]
    [InlineData("QueryRemoveParameter=x", "/a?x=0&y=1", "/a?y=1")]
    [InlineData("QueryRemoveParameter=x", "/a?x=0", "/a")]
    public async Task Path_and_query_are_changed(string transforms, string target, string sent) => Assert.Equal(sent, await TargetAsync("/{**all}", transforms, target));

    [Theory]
    [InlineData("/items/{id}", "PathPattern=/v2/{id}/detail", "/items/4%2F2", "/v2/4%2F2/detail")]
    [InlineData("/items/{**rest}", "PathPattern=/v2/my items/{**rest}", "/items/a%20b/c?d", "/v2/my%20items/a%20b/c?d")]
    [InlineData("/items/{**rest}", "PathPattern=/v2/{**rest}", "/items", "/v2")]
    [InlineData("/{a}/{b}/{**rest}", "PathPattern=/{b}/{rest}", "/x/y/z", "/y/z")]
    [InlineData("/items/{id}", "QueryRouteParameter=id,Set=id", "/items/a%20b?c", "/items/a%20b?c=&id=a%20b")]
    public async Task Parts_of_the_path_go_where_the_route_wants_them(string match, string transforms, string target, string sent) =>
        Assert.Equal(sent, await TargetAsync(match, transforms, target));

    [Fact]
    public async Task A_transformed_path_stands_under_the_path_of_the_destination()
    {
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(TransformSettings.Of("/{**all}", "PathPrefix=/b"), $"{destination.Address}/a");

        await proxy.Client.GetStringAsync("/c");

        Assert.Equal("/a/b/c", destination.Requests[0].Target);
    }

    [Theory]
    [InlineData("/a/..%2f..%2fsecret")]
    [InlineData("/%2e%2e/secret")]
    public async Task A_path_that_climbs_is_refused_where_it_is_changed(string target)
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", "PathPrefix=/prefix");

        Assert.Equal(400, (await pair.AskAsync($"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")).Status);
        Assert.Empty(pair.Destination.Requests);
    }

    [Fact]
    public async Task A_further_attempt_has_the_transformed_target_too()
    {
        await using var broken = new FakeDestination(Behave.Reset());
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(TransformSettings.Of("/{**all}", "PathPrefix=/prefix;RequestHeader=X-A,Set=1"), broken.Address, destination.Address);

        await proxy.Client.GetStringAsync("/a");

        Assert.Equal(("/prefix/a", "1"), (destination.Requests[0].Target, destination.Requests[0].Header("X-A")));
    }

    [Theory]
    [InlineData("RequestHeader=X-A,Set=new", "new")]
    [InlineData("RequestHeader=X-A,Append=new", "old,new")]
    [InlineData("RequestHeaderRemove=X-A", null)]
    [InlineData("RequestHeadersCopy=false", null)]
    [InlineData("RequestHeadersAllowed=X-B", null)]
    [InlineData("RequestHeadersAllowed=X-A;X-B", "old")]
    [InlineData("RequestHeadersCopy=false;RequestHeader=X-A,Append=new", "old,new")]
    public async Task Header_fields_of_the_request_are_changed(string transforms, string? sent)
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", transforms);

        var request = await pair.RequestAsync("GET / HTTP/1.1\r\nHost: x\r\nX-A: old\r\n\r\n");

        Assert.Equal(sent ?? "", string.Join(',', request.Headers("X-A")).Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_part_of_the_path_becomes_a_header()
    {
        await using var pair = await TransformPair.StartAsync("/{tenant}/{**rest}", "RequestHeaderRouteValue=X-Tenant,Set=tenant");

        Assert.Equal("a b", (await pair.RequestAsync("GET /a%20b/c HTTP/1.1\r\nHost: x\r\n\r\n")).Header("X-Tenant"));
    }

    [Theory]
    [InlineData("/a%0d%0aX-Injected:%201/c")]
    [InlineData("/a%01/c")]
    [InlineData("/%e6%97%a5/c")]
    public async Task A_part_of_the_path_that_no_header_can_carry_is_refused(string target)
    {
        await using var pair = await TransformPair.StartAsync("/{tenant}/{**rest}", "RequestHeaderRouteValue=X-Tenant,Set=tenant");

        var answer = await pair.AskAsync($"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal((400, 0), (answer.Status, pair.Destination.Requests.Count));
        Assert.Contains("Path not fit", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PathPrefix=/a", null, "client.example")]
    [InlineData("PathPrefix=/a", "own.example", "own.example")]
    [InlineData("RequestHeaderOriginalHost=true", "own.example", "client.example")]
    [InlineData("RequestHeaderOriginalHost=false", "own.example", "own.example")]
    [InlineData("RequestHeaderOriginalHost=false", null, "127.0.0.1")]
    [InlineData("RequestHeader=Host,Set=fixed.example", "own.example", "fixed.example")]
    public async Task There_is_one_Host_and_it_is_the_one_that_is_wanted(string transforms, string? own, string host)
    {
        await using var destination = new FakeDestination();
        var settings = TransformSettings.Of("/{**all}", transforms);
        settings["Clusters:web:Destinations:a:Host"] = own;
        await using var proxy = await ProxyHost.StartAsync(settings, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync("GET / HTTP/1.1\r\nHost: client.example\r\n\r\n");

        Assert.Equal(host, destination.Requests[0].Header("Host")!.Split(':')[0]);
    }

    [Theory]
    [InlineData("RequestHeadersCopy=false")]
    [InlineData("RequestHeadersAllowed=X-A;Connection;X-Private;Transfer-Encoding;Via")]
    [InlineData("PathPrefix=/a")]
    public async Task What_is_between_neighbours_stays_there_and_what_is_the_proxys_own_is_written(string transforms)
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", transforms);

        var request = await pair.RequestAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: X-Private\r\nX-Private: 1\r\nVia: 1.1 edge\r\nX-Request-Id: theirs\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n");

        Assert.Equal((null, null), (request.Header("X-Private"), request.Header("Connection")));
        Assert.Equal(("theirs", "127.0.0.1", "http"), (request.Header("X-Request-Id"), request.Header("X-Forwarded-For"), request.Header("X-Forwarded-Proto")));
        Assert.Equal("1.1edge,1.1LoadBalancer", string.Join(',', request.Headers("Via")).Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("X-Forwarded=Append", "127.0.0.1")]
    [InlineData("X-Forwarded=Off", null)]
    [InlineData("X-Forwarded=Remove", null)]
    [InlineData("X-Forwarded=Set,For=Off", null)]
    [InlineData("RequestHeadersCopy=false;X-Forwarded=Append", "127.0.0.1")]
    public async Task What_a_client_claims_of_itself_is_never_passed_on(string transforms, string? sent)
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", transforms);

        Assert.Equal(sent, (await pair.RequestAsync("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n")).Header("X-Forwarded-For"));
    }

    [Theory]
    [InlineData("X-Forwarded=Append", "1.2.3.4,127.0.0.1")]
    [InlineData("X-Forwarded=Off", "1.2.3.4")]
    [InlineData("X-Forwarded=Set", "127.0.0.1")]
    public async Task What_a_trusted_proxy_says_of_it_is(string transforms, string sent)
    {
        await using var destination = new FakeDestination();
        var settings = TransformSettings.Of("/{**all}", transforms);
        settings["TrustedProxies:0"] = "127.0.0.1";
        await using var proxy = await ProxyHost.StartAsync(settings, destination.Address);
        using var client = await proxy.ConnectAsync();

        await client.AskAsync("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n");

        Assert.Equal(sent, destination.Requests[0].Header("X-Forwarded-For")!.Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Forwarded_takes_the_place_of_the_others()
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", "Forwarded=for,proto,ForFormat=Ip");

        var request = await pair.RequestAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal(("proto=http;for=127.0.0.1", null), (request.Header("Forwarded"), request.Header("X-Forwarded-For")));
    }

    [Fact]
    public async Task A_body_keeps_its_framing_whatever_fields_go_on()
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", "RequestHeadersCopy=false;HttpMethodChange=POST,Set=PUT");

        var request = await pair.RequestAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello");

        Assert.Equal(("PUT", "5", null), (request.Method, request.Header("Content-Length"), request.Header("Content-Type")));
        Assert.Equal("hello"u8.ToArray(), await request.ReadBodyAsync(default));
    }

    [Theory]
    [InlineData("GET", "POST", 502)]
    [InlineData("POST", "PUT", 200)]
    public async Task What_may_be_repeated_goes_by_the_method_that_is_sent(string method, string sent, int status)
    {
        await using var broken = new FakeDestination(Behave.Reset());
        await using var destination = new FakeDestination();
        await using var proxy = await ProxyHost.StartAsync(TransformSettings.Of("/{**all}", $"HttpMethodChange={method},Set={sent}"), broken.Address, destination.Address);
        using var client = await proxy.ConnectAsync();

        Assert.Equal(status, (await client.AskAsync($"{method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")).Status);
    }

    [Fact]
    public async Task A_field_about_the_content_may_be_added_where_there_is_none()
    {
        await using var pair = await TransformPair.StartAsync("/{**all}", "RequestHeader=Content-Type,Set=text/plain");

        Assert.Equal("text/plain", (await pair.RequestAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Header("Content-Type"));
    }

    [Fact]
    public async Task A_bad_transform_changes_nothing_at_a_reload()
    {
        await using var destination = new FakeDestination();
        await using var run = await ReloadingProxy.StartAsync(("a", destination));

        await run.WriteAsync(
            $$"""{ "Listeners": { "main": { "Url": "http://127.0.0.1:0" } }, "Admin": { "Url": "http://127.0.0.1:0" }, "Clusters": { "web": { "Destinations": { "a": { "Address": "{{destination.Address}}" } } } }, "Routes": { "r": { "ClusterId": "web", "Transforms": [ { "PathPrefx": "/a" } ] } } }""",
            "Routes:r:Transforms:0:PathPrefx: unknown key; did you mean 'PathPrefix'?");

        Assert.Equal("ok", await run.Proxy.Client.GetStringAsync("/"));
    }

    private static async Task<string> TargetAsync(string match, string transforms, string target)
    {
        await using var pair = await TransformPair.StartAsync(match, transforms);
        return (await pair.RequestAsync($"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")).Target;
    }
}
