using System.Text;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Engines.EventLoop;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

/// <summary>What transforms, as <see cref="TransformText"/>, make of messages.</summary>
public sealed class RouteChangesTests
{
    private static readonly byte[] Date = Encoding.ASCII.GetBytes(Writing.Date);

    [Theory]
    [InlineData("PathPrefix=/prefix", "/a?b=c", "/prefix/a?b=c")]
    [InlineData("PathPrefix=/prefix/", "/a", "/prefix/a")]
    [InlineData("PathPrefix=/my prefix", "/a", "/my%20prefix/a")]
    [InlineData("PathPrefix=/gr\u00fcn", "/a", "/gr%C3%BCn/a")]
    [InlineData("PathPrefix=/prefix", "/a%2Fb%252Fc%20d/%7e%41", "/prefix/a%2Fb%252Fc%20d/~A")]
    [InlineData("PathPrefix=/prefix", "http://other.com?b", "/prefix/?b")]
    [InlineData("PathRemovePrefix=/api", "/api/a?b", "/a?b")]
    [InlineData("PathRemovePrefix=/api", "/api", "/")]
    [InlineData("PathRemovePrefix=/api", "/%61pi/a", "/a")]
    [InlineData("PathRemovePrefix=/api", "/apis", "/apis")]
    [InlineData("PathRemovePrefix=/v1;PathPrefix=/v2", "/v1/a", "/v2/a")]
    [InlineData("PathSet=/fixed", "/a/b?c", "/fixed?c")]
    [InlineData("QueryValueParameter=x,Set=1 2", "/a?x=0&y=%41", "/a?x=1%202&y=A")]
    [InlineData("QueryValueParameter=x,Append=1", "/a%2fb?x=0", "/a%2fb?x=0&x=1")]
    [InlineData("QueryValueParameter=x,Append=1", "/a", "/a?x=1")]
    [InlineData("QueryRemoveParameter=x", "/a?x=0&y=1", "/a?y=1")]
    [InlineData("QueryRemoveParameter=x", "/a?x=0", "/a")]
    [InlineData("RequestHeader=X-A,Set=1", "/a%2f/../b?%zz", "/a%2f/../b?%zz")]
    public void Path_and_query_are_changed(string transforms, string target, string sent) =>
        Assert.Equal($"GET {sent} HTTP/1.1", Request(transforms, $"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")[0]);

    [Theory]
    [InlineData("/items/{id}", "PathPattern=/v2/{id}/detail", "/items/4%2F2", "/v2/4%2F2/detail")]
    [InlineData("/items/{**rest}", "PathPattern=/v2/my items/{**rest}", "/items/a%20b/c?d", "/v2/my%20items/a%20b/c?d")]
    [InlineData("/items/{**rest}", "PathPattern=v2/{**rest}", "/items", "/v2")]
    [InlineData("/items/{**rest}", "PathPattern=/{**rest}", "/items", "/")]
    [InlineData("/items/{**rest}", "PathPattern=/{**rest}", "/items/a/", "/a/")]
    [InlineData("/items/{**rest}", "PathPattern=/v2/{*rest}", "/items/a/b", "/v2/a%2Fb")]
    [InlineData("/{a}/{b}/{**rest}", "PathPattern=/{b}/x{REST}", "/x/y/z", "/y/xz")]
    [InlineData("/items/{id}", "PathPattern=/{id};PathPrefix=/p", "/items/1", "/p/1")]
    [InlineData("/items/{id}", "QueryRouteParameter=id,Set=id", "/items/a%20b?c", "/items/a%20b?c=&id=a%20b")]
    [InlineData("/items/{id}", "QueryRouteParameter=x,Append=id", "/items/1?x=0", "/items/1?x=0&x=1")]
    public void Parts_of_the_path_go_where_the_route_wants_them(string match, string transforms, string target, string sent) =>
        Assert.Equal($"GET {sent} HTTP/1.1", Request(transforms, $"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n", match: match)[0]);

    [Theory]
    [InlineData("/v2/{id}", false)]
    [InlineData("/v2/{**rest}", false)]
    [InlineData("/v2/{id:int}", true)]
    [InlineData("/v2/{id?}", true)]
    [InlineData("/v2/{id=5}", true)]
    [InlineData("/v2/{{id}}", true)]
    public void A_pattern_of_another_kind_is_lacking(string pattern, bool isLacking) => Assert.Equal(isLacking, EventLoopLacks.First(new LoadBalancerOptions
    {
        Routes = new Dictionary<string, RouteOptions> { ["r"] = new() { ClusterId = "web", Transforms = [new Dictionary<string, string> { ["PathPattern"] = pattern }] } },
    }) is not null);

    [Fact]
    public void A_changed_path_stands_under_the_path_of_the_destination() =>
        Assert.Equal("GET /a/b/c HTTP/1.1", Request("PathPrefix=/b", "GET /c HTTP/1.1\r\nHost: a\r\n\r\n", Writing.To("http://a:1/a"))[0]);

    [Theory]
    [InlineData("PathPrefix=/prefix", "/a/..%2f..%2fsecret", "Path not allowed")]
    [InlineData("PathPrefix=/prefix", "/%2e%2e/secret", "Path not allowed")]
    [InlineData("QueryRemoveParameter=x", "/%2e%2e/secret", null)]
    public void A_path_that_climbs_is_refused_where_it_is_changed(string transforms, string target, string? title) =>
        Assert.Equal(title, Of(transforms).Apply(RequestReading.Head($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"))?.Title);

    [Theory]
    [InlineData("RequestHeader=X-A,Set=new", "new")]
    [InlineData("RequestHeader=X-A,Append=new", "old|new")]
    [InlineData("RequestHeader=x-a,Append=1;RequestHeader=X-A,Append=2", "old|1|2")]
    [InlineData("RequestHeader=X-A,Append=1;RequestHeaderRemove=X-A", "")]
    [InlineData("RequestHeaderRemove=X-A;RequestHeader=X-A,Append=1", "1")]
    [InlineData("RequestHeaderRemove=X-A", "")]
    [InlineData("RequestHeadersCopy=false", "")]
    [InlineData("RequestHeadersAllowed=X-B", "")]
    [InlineData("RequestHeadersAllowed=X-A;X-B", "old")]
    [InlineData("RequestHeadersCopy=false;RequestHeader=X-A,Append=new", "old|new")]
    public void Header_fields_of_the_request_are_changed(string transforms, string sent) =>
        Assert.Equal(sent, string.Join('|', Request(transforms, "GET / HTTP/1.1\r\nHost: a\r\nX-A: old\r\n\r\n").Named("X-A")));

    [Theory]
    [InlineData("PathPrefix=/a", null, "client.example")]
    [InlineData("PathPrefix=/a", "own.example", "own.example")]
    [InlineData("RequestHeaderOriginalHost=true", "own.example", "client.example")]
    [InlineData("RequestHeaderOriginalHost=false", "own.example", "own.example")]
    [InlineData("RequestHeaderOriginalHost=false", null, "10.0.0.1:81")]
    [InlineData("RequestHeader=Host,Set=fixed.example", "own.example", "fixed.example")]
    public void There_is_one_Host_and_it_is_the_one_that_is_wanted(string transforms, string? own, string host) =>
        Assert.Equal([host], Request(transforms, "GET / HTTP/1.1\r\nHost: client.example\r\n\r\n", Writing.To(host: own)).Named("Host"));

    [Theory]
    [InlineData("RequestHeadersCopy=false")]
    [InlineData("RequestHeadersAllowed=X-A;Connection;X-Private;Transfer-Encoding;Via")]
    public void What_is_between_neighbours_stays_there_and_what_is_the_proxys_own_is_written(string transforms)
    {
        var sent = Request(transforms, "POST / HTTP/1.1\r\nHost: a\r\nConnection: X-Private\r\nX-Private: 1\r\nVia: 1.1 edge\r\nX-Request-Id: theirs\r\nX-Forwarded-For: 1.2.3.4\r\nContent-Length: 5\r\n\r\n");

        Assert.Equal(
            ["POST / HTTP/1.1", "Host: a", "Via: 1.1 edge", "Content-Length: 5", "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: http", "X-Forwarded-Host: a", "X-Request-Id: theirs", "Via: 1.1 LoadBalancer"],
            sent);
    }

    [Theory]
    [InlineData("X-Forwarded=Append", "1.2.3.4", "", "192.0.2.7", "http", "a")]
    [InlineData("X-Forwarded=Off", "1.2.3.4", "", "", "", "")]
    [InlineData("X-Forwarded=Remove", "1.2.3.4", "", "", "", "")]
    [InlineData("X-Forwarded=Set,For=Off", "1.2.3.4", "", "", "http", "a")]
    [InlineData("RequestHeadersCopy=false;X-Forwarded=Append", "1.2.3.4", "", "192.0.2.7", "http", "a")]
    [InlineData("X-Forwarded=Append", "1.2.3.4", "192.0.2.7", "1.2.3.4, 192.0.2.7", "https, http", "b, a")]
    [InlineData("X-Forwarded=Off", "1.2.3.4", "192.0.2.7", "1.2.3.4", "https", "b")]
    [InlineData("X-Forwarded=Set,Host=Remove", "1.2.3.4", "192.0.2.7", "192.0.2.7", "http", "")]
    public void Where_a_request_came_from_is_told_as_the_route_wants_it(string transforms, string claimed, string trusted, string address, string scheme, string host)
    {
        var (output, head) = (new OutputBuffer(), RequestReading.Head($"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {claimed}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\n\r\n"));
        head.Identify(new Random(1));

        HeadWriter.Write(output, head, new RequestContext
        {
            Destination = Writing.To(),
            Client = Writing.Client,
            Trusted = trusted.Length == 0 ? TrustedProxies.None : new TrustedProxies([TrustedProxies.TryParse(trusted)!.Value]),
            Changes = Of(transforms),
        });

        var lines = Encoding.Latin1.GetString(output.Written).Split("\r\n");
        Assert.Equal((address, scheme, host), (string.Join('|', lines.Named("X-Forwarded-For")), string.Join('|', lines.Named("X-Forwarded-Proto")), string.Join('|', lines.Named("X-Forwarded-Host"))));
    }

    [Theory]
    [InlineData("ResponseHeader=X-A,Set=new", 200, "new")]
    [InlineData("ResponseHeader=X-A,Append=new", 200, "old|new")]
    [InlineData("ResponseHeader=X-A,Set=new", 400, "old")]
    [InlineData("ResponseHeader=X-A,Set=new,When=Failure", 200, "old")]
    [InlineData("ResponseHeader=X-A,Set=new,When=Failure", 400, "new")]
    [InlineData("ResponseHeader=X-A,Set=new,When=Always", 500, "new")]
    [InlineData("ResponseHeaderRemove=X-A", 200, "")]
    [InlineData("ResponseHeaderRemove=X-A,When=Failure", 200, "old")]
    [InlineData("ResponseHeadersCopy=false", 200, "")]
    [InlineData("ResponseHeadersAllowed=X-B", 404, "")]
    [InlineData("ResponseHeadersAllowed=x-a", 200, "old")]
    public void Header_fields_of_the_answer_are_changed(string transforms, int status, string sent)
    {
        var lines = Answer(transforms, $"HTTP/1.1 {status} Status\r\nConnection: X-Private\r\nX-Private: 1\r\nX-A: old\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal((sent, "", "1.1 LoadBalancer", "5", "mine"), (Joined("X-A"), Joined("X-Private"), Joined("Via"), Joined("Content-Length"), Joined("X-Request-Id")));

        string Joined(string name) => string.Join('|', lines.Named(name));
    }

    [Theory]
    [InlineData("ResponseHeader=Date,Set=today", "today", "theirs")]
    [InlineData("ResponseHeaderRemove=Date;ResponseHeader=X-Request-Id,Set=fixed", Writing.Date, "fixed")]
    [InlineData("ResponseHeadersCopy=false", Writing.Date, "mine")]
    public void An_answer_has_one_date_and_one_id(string transforms, string date, string id)
    {
        var lines = Answer(transforms, "HTTP/1.1 200 OK\r\nDate: yesterday\r\nX-Request-Id: theirs\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal([date, id], [.. lines.Named("Date"), .. lines.Named("X-Request-Id")]);
    }

    [Theory]
    [InlineData("ResponseHeader=X-A,Set=1,When=Always", "1")]
    [InlineData("ResponseHeader=X-A,Set=1,When=Failure", "1")]
    [InlineData("ResponseHeader=X-A,Set=1", "")]
    [InlineData("ResponseHeader=Content-Type,Set=text/html,When=Always", "")]
    public void The_proxys_own_answers_get_the_fields_that_are_meant_for_failures(string transforms, string sent)
    {
        var (output, head) = (new OutputBuffer(), RequestReading.Head("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        head.Identify(new Random(1));

        AnswerWriter.WriteRefusal(output, Refusal.NoDestination, "web", head, Date, closes: false, Of(transforms));

        var lines = Encoding.UTF8.GetString(output.Written).Split("\r\n");
        Assert.Equal((sent, "application/problem+json"), (string.Join('|', lines.Named("X-A")), string.Join('|', lines.Named("Content-Type"))));
    }

    [Fact]
    public void Every_transform_is_done_here_or_lacking() => Assert.All(TransformTable.Parameters.Keys, name =>
    {
        var transform = new Dictionary<string, string> { [name] = name is "RequestHeadersCopy" or "ResponseHeadersCopy" or "RequestHeaderOriginalHost" ? "true" : name == "X-Forwarded" ? "Set" : "X-A", ["Set"] = "1" };
        var options = new LoadBalancerOptions { Routes = new Dictionary<string, RouteOptions> { ["r"] = new() { ClusterId = "web", Transforms = [transform] } } };

        var isLacking = EventLoopLacks.First(options) is { } lack && lack.Path == $"Routes:r:Transforms:0:{name}";

        Assert.Equal(isLacking, Record.Exception(() => new RouteChanges([transform], PathPattern.Any)) is not null);
    });

    [Fact]
    public void Changed_fields_cost_no_memory()
    {
        var (output, head, changes, to) = (new OutputBuffer(), RequestReading.Head("GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n"), Of("RequestHeader=X-A,Set=1;RequestHeaderRemove=Cookie"), Writing.To());
        head.Identify(new Random(1));

        Assert.Equal(0, Allocated.By(1_000, () =>
        {
            output.Clear();
            HeadWriter.Write(output, head, new RequestContext { Destination = to, Client = Writing.Client, Trusted = TrustedProxies.None, Changes = changes });
        }));
    }

    private static string[] Request(string transforms, string text, DestinationText? to = null, string match = "/{**all}")
    {
        var (output, head, changes) = (new OutputBuffer(), RequestReading.Head(text), Of(transforms, match));
        head.Identify(new Random(1));
        Assert.Null(changes.Apply(head));
        HeadWriter.Write(output, head, new RequestContext { Destination = to ?? Writing.To(), Client = Writing.Client, Trusted = TrustedProxies.None, Changes = changes });
        return Encoding.Latin1.GetString(output.Written)[..^4].Split("\r\n");
    }

    private static string[] Answer(string transforms, string text)
    {
        var (output, head) = (new OutputBuffer(), RequestReading.Head("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n"));
        head.Identify(new Random(1));
        AnswerWriter.Write(output, Writing.AnswerHead(text), head, new AnswerContext { Date = Date, Changes = Of(transforms) });
        return Encoding.Latin1.GetString(output.Written)[..^4].Split("\r\n");
    }

    private static RouteChanges Of(string transforms, string match = "/{**all}") => new(TransformText.Read(transforms), PathPattern.Parse(match).Pattern!);
}
