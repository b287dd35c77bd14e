using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;
using HeaderMatchMode = LoadBalancer.Proxy.Configuration.HeaderMatchMode;
using QueryParameterMatchMode = LoadBalancer.Proxy.Configuration.QueryParameterMatchMode;
using Route = LoadBalancer.Proxy.Routing.Route;
using RouteOptions = LoadBalancer.Proxy.Configuration.RouteOptions;

namespace LoadBalancer.Proxy.UnitTests.Routing;

/// <summary>YARP itself says which routes take a request by its headers and its query.</summary>
public sealed class YarpMatchTests
{
    private const int Routes = 400;
    private static readonly string[] Names = ["X-A", "Cookie", "x-b"];
    private static readonly string[] Texts = ["a", "B", "a,b", "b=1", "a b", "ab", "a; b"];
    private static readonly string[] Lines = ["a", "b", "A, b", "\"a,b\", ab", "a; b=1", "\"a", "ab,a", "", " ", "b=1;a", "a b"];
    private static readonly string[] Pairs = ["x=a", "X=B", "x=a%2Cb", "%78=a+b", "y=ab", "x", "x=", "y=b%3d1", "=a", "x=%zz", "x=%e2%82", "y=a%00", ""];

    [Fact]
    public async Task It_takes_the_same_requests()
    {
        var random = new Random(1);
        var options = Enumerable.Range(0, Routes).ToDictionary(number => $"r{number}", _ => MatchOf(random));
        var cluster = Make.Cluster(new());
        var ours = options.Select(pair => new Route(pair.Key, new RouteOptions { ClusterId = "web", Match = pair.Value }, cluster)).ToArray();
        await using var yarp = Yarp(options);
        var (endpoints, policies) = (EndpointsOf(yarp), PoliciesOf(yarp));
        Assert.Equal((Routes, 2), (endpoints.Length, policies.Length));

        var taken = 0;
        for (var count = 0; count < 500; count++)
        {
            var ask = AskOf(random);
            var theirs = await TakenByAsync(endpoints, policies, ask);
            var mine = ours.Where(route => route.Takes(ask.Facts)).Select(route => route.Name).ToHashSet();
            taken += mine.Count;
            Assert.True(theirs.SetEquals(mine), $"{ask}: theirs {string.Join(' ', theirs.Except(mine).Select(name => Describe(options[name])))}, ours {string.Join(' ', mine.Except(theirs).Select(name => Describe(options[name])))}");
        }

        // Else the words would be badly chosen.
        Assert.InRange(taken, 500 * Routes / 10, 500 * Routes * 9 / 10);
    }

    private static RouteMatchOptions MatchOf(Random random) => random.Next(2) == 0
        ? new()
        {
            Headers =
            [
                new()
                {
                    Name = random.GetItems(Names, 1)[0],
                    Values = random.GetItems(Texts, random.Next(1, 3)),
                    Mode = random.GetItems(Enum.GetValues<HeaderMatchMode>(), 1)[0],
                    IsCaseSensitive = random.Next(2) == 0,
                },
            ],
        }
        : new()
        {
            QueryParameters =
            [
                new()
                {
                    Name = random.GetItems(["x", "Y"], 1)[0],
                    Values = random.GetItems(Texts, random.Next(1, 3)),
                    Mode = random.GetItems(Enum.GetValues<QueryParameterMatchMode>(), 1)[0],
                    IsCaseSensitive = random.Next(2) == 0,
                },
            ],
        };

    private static string Describe(RouteMatchOptions match) => match switch
    {
        { Headers: [var header] } => $"{header.Name} {header.Mode} [{string.Join('|', header.Values)}]",
        { QueryParameters: [var parameter] } => $"{parameter.Name} {parameter.Mode} [{string.Join('|', parameter.Values)}]",
        _ => "",
    };

    private static Ask AskOf(Random random) => new()
    {
        Query = string.Join('&', random.GetItems(Pairs, random.Next(0, 4))),
        Headers = Names.Where(_ => random.Next(2) == 0).ToDictionary(name => name, _ => new StringValues(random.GetItems(Lines, random.Next(1, 3))), StringComparer.OrdinalIgnoreCase),
    };

    private static WebApplication Yarp(Dictionary<string, RouteMatchOptions> options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddReverseProxy().LoadFromMemory([.. options.Select(pair => RouteOf(pair.Key, pair.Value))], [new ClusterConfig { ClusterId = "web" }]);
        var app = builder.Build();
        app.MapReverseProxy();
        return app;
    }

    private static RouteConfig RouteOf(string name, RouteMatchOptions match) => new()
    {
        RouteId = name,
        ClusterId = "web",
        Match = new RouteMatch
        {
            Path = "/{**rest}",
            Headers = [.. match.Headers.Select(header => new RouteHeader
            {
                Name = header.Name,
                Values = header.Mode is HeaderMatchMode.Exists or HeaderMatchMode.NotExists ? null : header.Values,
                Mode = Enum.Parse<Yarp.ReverseProxy.Configuration.HeaderMatchMode>($"{header.Mode}"),
                IsCaseSensitive = header.IsCaseSensitive,
            })],
            QueryParameters = [.. match.QueryParameters.Select(parameter => new RouteQueryParameter
            {
                Name = parameter.Name,
                Values = parameter.Mode == QueryParameterMatchMode.Exists ? null : parameter.Values,
                Mode = Enum.Parse<Yarp.ReverseProxy.Configuration.QueryParameterMatchMode>($"{parameter.Mode}"),
                IsCaseSensitive = parameter.IsCaseSensitive,
            })],
        },
    };

    private static Endpoint[] EndpointsOf(WebApplication app) => [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints)];

    private static IEndpointSelectorPolicy[] PoliciesOf(WebApplication app) =>
        [.. app.Services.GetServices<MatcherPolicy>().Where(policy => policy.GetType().Assembly == typeof(RouteConfig).Assembly).OfType<IEndpointSelectorPolicy>()];

    private static async Task<HashSet<string>> TakenByAsync(Endpoint[] endpoints, IEndpointSelectorPolicy[] policies, Ask ask)
    {
        var context = new DefaultHttpContext { Request = { QueryString = new QueryString(ask.Query.Length == 0 ? "" : $"?{ask.Query}") } };
        foreach (var (name, lines) in ask.Headers)
        {
            context.Request.Headers[name] = lines;
        }

        var candidates = new CandidateSet(endpoints, new RouteValueDictionary[endpoints.Length], new int[endpoints.Length]);
        foreach (var policy in policies)
        {
            await policy.ApplyAsync(context, candidates);
        }

        return [.. Enumerable.Range(0, endpoints.Length).Where(candidates.IsValidCandidate).Select(index => endpoints[index].DisplayName!)];
    }
}
