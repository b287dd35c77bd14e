using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Routing;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.UnitTests.Routing;

/// <summary>Random tables and requests over few words, so that most routes overlap: the index finds what a look at every route finds.</summary>
public sealed class RouteIndexRandomTests
{
    private static readonly string[] Hosts = ["a.x", "b.x", "a.b.x", "A.X", "*.x", "*.b.x", "*.X", "a.x:80", "*.x:80", "*.b.x:81", "a.x."];
    private static readonly string[] AskedHosts = ["a.x", "B.X", "a.b.x", "x", ".x", "c.b.x", "a.x.", "y", "", ".b.x", "..x"];
    private static readonly string[] Segments = ["a", "b", "A", "{one}", "{two}", "", "ab"];
    private static readonly string[] AskedSegments = ["a", "b", "B", "ab", "", "c"];
    private static readonly string[] Methods = ["GET", "PUT", "get"];
    private static readonly string[] Names = ["X-A", "x-a", "X-B"];
    private static readonly string[] Values = ["1", "12", "One", "one"];
    private static readonly string[] Lines = ["1", "12", "One", "one", "0, one", "2,12", ""];
    private static readonly string[] Parameters = ["a=1", "A=one", "%61=%4Fne", "b=1%2B2", "b=a+1", "a", "a=", "=1", "b", "a=%e2%82", ""];

    [Fact]
    public void Every_request_finds_the_route_that_a_look_at_all_of_them_finds()
    {
        var (found, missed, clusters) = (0, 0, Make.Registry(Make.Cluster("web", new())));
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var options = Enumerable.Range(0, random.Next(1, 16)).ToDictionary(number => $"r{number}", _ => RouteOf(random));
            var table = RouteTable.Create(new LoadBalancerOptions { Routes = options }, clusters.Find);
            var reference = new ReferenceRouter(options);
            for (var count = 0; count < 20; count++)
            {
                var ask = AskOf(random);
                var expected = reference.Match(ask);
                if (expected != table.Match(ask.Facts)?.Name)
                {
                    Assert.Fail($"seed {seed}: {ask} is for {expected}, and went to {table.Match(ask.Facts)?.Name}");
                }

                var reasons = table.Explain(ask.Facts);
                if (expected != reasons.SingleOrDefault(reason => reason.Mismatch is null)?.Route.Name || !reasons.Select(reason => reason.Route).SequenceEqual(table.Routes.Take(reasons.Count)))
                {
                    Assert.Fail($"seed {seed}: {ask} is for {expected}, and the explanation is {string.Join(", ", reasons.Select(reason => $"{reason.Route.Name} {reason.Mismatch}"))}");
                }

                (found, missed) = expected is null ? (found, missed + 1) : (found + 1, missed);
            }
        }

        // Else the words would be badly chosen.
        Assert.True(found > 5_000 && missed > 5_000, $"{found} found, {missed} missed");
    }

    private static RouteOptions RouteOf(Random random) => new()
    {
        ClusterId = "web",
        Order = random.Next(4) == 0 ? random.Next(-1, 2) : 0,
        Match = new()
        {
            Hosts = random.Next(4) == 0 ? [] : random.GetItems(Hosts, random.Next(1, 4)).Distinct().ToArray(),
            Path = random.Next(4) == 0 ? null : PathOf(random, Segments) + (random.Next(3) == 0 ? "/{**rest}" : ""),
            Methods = random.Next(3) == 0 ? random.GetItems(Methods, random.Next(1, 3)) : [],
            Headers = random.Next(3) == 0 ? Enumerable.Range(0, random.Next(1, 3)).Select(_ => HeaderOf(random)).ToArray() : [],
            QueryParameters = random.Next(3) == 0 ? Enumerable.Range(0, random.Next(1, 3)).Select(_ => ParameterOf(random)).ToArray() : [],
        },
    };

    private static HeaderMatchOptions HeaderOf(Random random) => new()
    {
        Name = random.GetItems(Names, 1)[0],
        Values = random.GetItems(Values, random.Next(1, 3)),
        Mode = random.GetItems(Enum.GetValues<HeaderMatchMode>(), 1)[0],
        IsCaseSensitive = random.Next(2) == 0,
    };

    private static QueryParameterMatchOptions ParameterOf(Random random) => new()
    {
        Name = random.GetItems(["a", "B"], 1)[0],
        Values = random.GetItems(["1", "One", "1+2", "a 1"], random.Next(1, 3)),
        Mode = random.GetItems(Enum.GetValues<QueryParameterMatchMode>(), 1)[0],
        IsCaseSensitive = random.Next(2) == 0,
    };

    private static Ask AskOf(Random random)
    {
        var headers = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        if (random.Next(2) == 0)
        {
            headers[random.GetItems(Names, 1)[0]] = random.GetItems(Lines, random.Next(1, 3));
        }

        return new Ask
        {
            Method = random.GetItems(Methods, 1)[0],
            Host = random.GetItems(AskedHosts, 1)[0],
            Port = random.Next(3) == 0 ? random.Next(80, 82) : null,
            Path = PathOf(random, AskedSegments) + (random.Next(4) == 0 ? "/" : ""),
            Query = random.Next(2) == 0 ? "" : string.Join('&', random.GetItems(Parameters, random.Next(0, 4))),
            Headers = headers,
        };
    }

    private static string PathOf(Random random, string[] segments) => "/" + string.Join('/', random.GetItems(segments, random.Next(0, 4)));
}
