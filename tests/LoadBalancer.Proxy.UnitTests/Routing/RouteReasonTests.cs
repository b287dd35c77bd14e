using System.Collections;
using System.Reflection;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Routing;

namespace LoadBalancer.Proxy.UnitTests.Routing;

public sealed class RouteReasonTests
{
    private static readonly Ask Request = new()
    {
        Method = "GET",
        Host = "a.example",
        Port = 8080,
        Path = "/api/items",
        Headers = { ["X-Version"] = "2", ["X-Area"] = "north-east" },
    };

    [Theory]
    [InlineData("""{ "Hosts": [ "b.example" ], "Path": "/other" }""", "host: 'a.example:8080' is not 'b.example'")]
    [InlineData("""{ "Hosts": [ "a.example:80" ] }""", "host: 'a.example:8080' is not 'a.example:80'")]
    [InlineData("""{ "Hosts": [ "*.other" ] }""", "host: 'a.example:8080' is not '*.other'")]
    [InlineData("""{ "Hosts": [ "a.example" ], "Path": "/api/{id}/more", "Methods": [ "PUT" ] }""", "path: '/api/items' is not like '/api/{id}/more'")]
    [InlineData("""{ "Methods": [ "PUT", "POST" ], "Headers": [ { "Name": "X-None", "Mode": "Exists" } ] }""", "method: GET is not PUT or POST")]
    [InlineData("""{ "Headers": [ { "Name": "x-version", "Mode": "Exists" }, { "Name": "X-None", "Mode": "Exists" } ] }""", "header X-None: is not there")]
    [InlineData("""{ "Headers": [ { "Name": "X-None", "Values": [ "1" ] } ] }""", "header X-None: is not there")]
    [InlineData("""{ "Headers": [ { "Name": "X-Version", "Mode": "NotExists" } ] }""", "header X-Version: is there")]
    [InlineData("""{ "Headers": [ { "Name": "X-Version", "Values": [ "1", "3" ] } ] }""", "header X-Version: '2' is not '1' or '3'")]
    [InlineData("""{ "Headers": [ { "Name": "X-Area", "Mode": "HeaderPrefix", "Values": [ "south" ] } ] }""", "header X-Area: 'north-east' does not begin with 'south'")]
    [InlineData("""{ "Headers": [ { "Name": "X-Area", "Mode": "Contains", "Values": [ "west" ] } ] }""", "header X-Area: 'north-east' does not contain 'west'")]
    [InlineData("""{ "Headers": [ { "Name": "X-Area", "Mode": "NotContains", "Values": [ "east" ] } ] }""", "header X-Area: contains 'east'")]
    [InlineData("""{ "Hosts": [ "A.example" ], "Path": "/api/{**rest}", "Methods": [ "GET" ], "Headers": [ { "Name": "X-Version", "Values": [ "2" ] } ] }""", null)]
    [InlineData("""{ "QueryParameters": [ { "Name": "v", "Mode": "Exists" } ] }""", "query parameter v: is not there")]
    [InlineData("""{ "QueryParameters": [ { "Name": "v", "Mode": "Prefix", "Values": [ "1", "2" ] } ] }""", "query parameter v: does not begin with '1' or '2'")]
    [InlineData("{}", null)]
    public void The_first_part_that_the_request_is_not_like_is_told(string match, string? mismatch)
    {
        var options = Configuration.Json.Options($$"""{ "Routes": { "r": { "ClusterId": "web", "Match": {{match}} } } }""").Options.Routes["r"];

        Assert.Equal(mismatch, RouteReason.Of(new Route("r", options, Make.Cluster(new(), "a")), Request.Facts).Mismatch);
    }

    [Fact]
    public void A_request_without_a_host_is_told_so() => Assert.Equal(
        "host: the request names none, and not 'a.example'",
        RouteReason.Of(new Route("r", new() { Match = new() { Hosts = ["a.example"] } }, Make.Cluster(new(), "a")), new Ask { Host = "" }.Facts).Mismatch);

    // A part that is forgotten would be told as a match.
    [Fact]
    public void Every_part_of_a_match_is_looked_at()
    {
        var whole = new RouteMatchOptions { Hosts = ["a"], Path = "/b", Methods = ["GET"], Headers = [new() { Name = "x" }], QueryParameters = [new() { Name = "y" }] };
        var properties = typeof(RouteMatchOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance);
        Assert.All(properties, property => Assert.True(IsSet(property, whole), $"The test sets no {property.Name}."));

        Assert.All(properties, property => Assert.Single(RouteReason.PartsOf(whole), part => IsSet(property, part)));

        static bool IsSet(PropertyInfo property, RouteMatchOptions match) => property.GetValue(match) is string or ICollection { Count: > 0 };
    }
}
