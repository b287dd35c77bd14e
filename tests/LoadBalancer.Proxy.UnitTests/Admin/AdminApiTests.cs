using System.Diagnostics;
using System.Text;
using System.Text.Json;
using LoadBalancer.Proxy.Admin;
using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Proxy.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Proxy.UnitTests.Admin;

public sealed class AdminApiTests
{
    [Fact]
    public async Task Clusters_and_destinations_are_told_whole()
    {
        var registry = Make.Registry(new StoppedClock(new DateTimeOffset(2026, 11, 8, 18, 19, 41, 497, TimeSpan.Zero)));
        registry.Apply([new ClusterDefinition("web", Make.Probed, [Make.Definition("a", "http://one:8081"), Make.Definition("b", "http://two:8082/prefix") with { Weight = 3, Priority = 2, Zone = "eu-1a" }])]);
        var web = registry.Find("web")!;
        registry.ReportProbe(web, web.Named("b"), Make.Failure);
        foreach (var result in new[] { new AttemptResult(Outcome.Success, ToHead: 12_346), new AttemptResult(Outcome.Reset) })
        {
            web.Named("a").TryBegin();
            web.Named("a").End(result, now: 0);
        }

        web.Named("a").TryBegin();
        web.Shed.Add();
        web.Retries.TryTake(1, new() { Share = 0, MinimumConcurrent = 0, Burst = 0 }, now: 0);

        Assert.Equal(
            """
            {
              "sequence": 3,
              "clusters": [
                {
                  "name": "web",
                  "policy": "RoundRobin",
                  "retriesRefused": 1,
                  "shed": 1,
                  "waiting": 0,
                  "destinations": [
                    {
                      "name": "a",
                      "address": "http://one:8081/",
                      "weight": 1,
                      "operatorWeight": null,
                      "priority": 0,
                      "health": "Unknown",
                      "state": "Active",
                      "available": true,
                      "reason": "",
                      "since": "2026-11-08T18:19:41.497Z",
                      "ejectedUntil": null,
                      "ejectionReason": null,
                      "breaker": null,
                      "breakerUntil": null,
                      "breakerReason": null,
                      "inFlight": 1,
                      "requests": 2,
                      "failures": 1,
                      "latencyMs": 1.235,
                      "source": null,
                      "leavesAt": null
                    },
                    {
                      "name": "b",
                      "address": "http://two:8082/prefix",
                      "weight": 3,
                      "operatorWeight": null,
                      "priority": 2,
                      "health": "Unhealthy",
                      "state": "Active",
                      "available": false,
                      "reason": "status code: 500",
                      "since": "2026-11-08T18:19:41.497Z",
                      "ejectedUntil": null,
                      "ejectionReason": null,
                      "breaker": null,
                      "breakerUntil": null,
                      "breakerReason": null,
                      "inFlight": 0,
                      "requests": 0,
                      "failures": 0,
                      "latencyMs": 0,
                      "zone": "eu-1a",
                      "source": null,
                      "leavesAt": null
                    }
                  ]
                }
              ]
            }
            """.ReplaceLineEndings("\n"),
            (await GetAsync(registry, "/api/clusters")).Body.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Without_clusters_the_list_is_empty() =>
        Assert.Equal("""{"sequence":0,"clusters":[]}""", string.Concat((await GetAsync(Make.Registry(), "/api/clusters")).Body.Where(letter => !char.IsWhiteSpace(letter))));

    [Fact]
    public async Task Clusters_come_in_the_order_of_their_names()
    {
        var body = (await GetAsync(Make.Registry(Make.Cluster("b", new()), Make.Cluster("a", new()), Make.Cluster("c", new())), "/api/clusters")).Body;

        Assert.Matches("\"a\"[\\s\\S]*\"b\"[\\s\\S]*\"c\"", body);
    }

    [Fact]
    public async Task The_answer_is_json() => Assert.StartsWith("application/json", (await GetAsync(Make.Registry(), "/api/clusters")).Type, StringComparison.Ordinal);

    [Fact]
    public async Task What_is_not_there_is_404() => Assert.Equal(404, (await GetAsync(Make.Registry(), "/api/unknown")).Status);

    [Theory]
    [InlineData("active", OperatorState.Active)]
    [InlineData("draining", OperatorState.Draining)]
    [InlineData("Down", OperatorState.Down)]
    public async Task The_operator_says_the_state_of_a_destination(string state, OperatorState expected)
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));

        var (status, _, body) = await PatchAsync(registry, "/api/clusters/WEB/destinations/A", $$"""{"state":"{{state}}"}""");

        Assert.Equal((200, expected), (status, registry.Find("web")!.Named("a").State));
        Assert.Contains($"\"state\": \"{expected}\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_destination_that_is_ejected_says_until_when_and_why_and_the_operator_ends_it()
    {
        var registry = Make.Registry(Make.Cluster("web", new() { OutlierDetection = new() { ConsecutiveFailures = 1 } }, "a", "b"));
        var a = registry.Find("web")!.Named("a");
        a.End(new AttemptResult(Outcome.Reset), now: 0);
        var ejected = JsonDocument.Parse((await GetAsync(registry, "/api/clusters")).Body).RootElement.GetProperty("clusters")[0].GetProperty("destinations")[0];

        var (status, _, body) = await PatchAsync(registry, "/api/clusters/web/destinations/a", """{"ejected":false}""");

        Assert.Equal(
            ("a failure", a.EjectionHistory.Times, false),
            (ejected.GetProperty("ejectionReason").GetString(), 1, ejected.GetProperty("available").GetBoolean()));
        Assert.True(ejected.GetProperty("ejectedUntil").GetDateTimeOffset() > DateTimeOffset.UnixEpoch);
        Assert.Equal((200, true), (status, a.IsAvailable));
        Assert.Contains("\"ejectedUntil\": null", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/clusters/api/destinations/a", "There is no cluster 'api'.")]
    [InlineData("/api/clusters/web/destinations/c", "Cluster 'web' has no destination 'c'.")]
    public async Task A_change_of_what_is_not_there_is_404_and_says_what_is_missing(string path, string detail)
    {
        var (status, type, body) = await PatchAsync(Make.Registry(Make.Cluster("web", new(), "a")), path, """{"state":"down"}""");

        Assert.Equal((404, "application/problem+json", detail), (status, type, JsonDocument.Parse(body).RootElement.GetProperty("detail").GetString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"state":null}""")]
    [InlineData("""{"state":""}""")]
    [InlineData("""{"state":"up"}""")]
    [InlineData("""{"state":"1"}""")]
    [InlineData("""{"state":1}""")]
    [InlineData("""{"state":"draining,down"}""")]
    [InlineData("""{"state":"down","wieght":3}""")]
    [InlineData("""{"state":"down","weight":-1}""")]
    [InlineData("""{"weight":1001}""")]
    [InlineData("""{"weight":1.5}""")]
    [InlineData("""{"weight":"3"}""")]
    [InlineData("""{"weight":99999999999}""")]
    [InlineData("""{"weight":3,"state":"up"}""")]
    [InlineData("""{"weight":3,"state":""}""")]
    [InlineData("""{"ejected":true}""")]
    [InlineData("""{"ejected":"no"}""")]
    [InlineData("""{"ejected":false,"state":"up"}""")]
    public async Task A_change_that_cannot_be_understood_is_400_and_changes_nothing(string change)
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a"));

        var (status, type, _) = await PatchAsync(registry, "/api/clusters/web/destinations/a", change);

        var a = registry.Find("web")!.Named("a");
        Assert.Equal((400, "application/problem+json", OperatorState.Active, null), (status, type, a.State, a.OperatorWeight));
    }

    [Theory]
    [InlineData("""{"weight":3}""", 3, OperatorState.Active)]
    [InlineData("""{"weight":0}""", 0, OperatorState.Active)]
    [InlineData("""{"weight":1000,"state":"draining"}""", 1000, OperatorState.Draining)]
    [InlineData("""{"state":null,"weight":3}""", 3, OperatorState.Active)]
    public async Task The_operator_gives_a_destination_a_weight(string change, int weight, OperatorState state)
    {
        var registry = Make.Registry(Make.Cluster("web", new(), "a", "b"));

        var (status, _, body) = await PatchAsync(registry, "/api/clusters/web/destinations/a", change);

        var view = JsonDocument.Parse(body).RootElement;
        Assert.Equal((200, weight, weight), (status, view.GetProperty("weight").GetInt32(), view.GetProperty("operatorWeight").GetInt32()));
        Assert.Equal(state, registry.Find("web")!.Named("a").State);
    }

    [Fact]
    public async Task The_operator_gives_a_destination_back_the_weight_of_the_configuration()
    {
        var registry = Make.Registry(new ClusterDefinition("web", new(), [Make.Definition("a") with { Weight = 5 }]));
        await PatchAsync(registry, "/api/clusters/web/destinations/a", """{"weight":3}""");

        var (status, _, body) = await PatchAsync(registry, "/api/clusters/web/destinations/a", """{"weight":null}""");

        var view = JsonDocument.Parse(body).RootElement;
        Assert.Equal((200, 5, JsonValueKind.Null), (status, view.GetProperty("weight").GetInt32(), view.GetProperty("operatorWeight").ValueKind));
    }

    private static Task<(int Status, string? Type, string Body)> GetAsync(ClusterRegistry registry, string path) => SendAsync(registry, "GET", path, "");

    private static Task<(int Status, string? Type, string Body)> PatchAsync(ClusterRegistry registry, string path, string body) => SendAsync(registry, "PATCH", path, body);

    private static async Task<(int Status, string? Type, string Body)> SendAsync(ClusterRegistry registry, string method, string path, string sent)
    {
        using var diagnostics = new DiagnosticListener("test");
        await using var services = new ServiceCollection()
            .AddLogging().AddRouting().AddSingleton(registry).AddSingleton(new Router()).AddSingleton(TimeProvider.System).AddSingleton(diagnostics).AddSingleton<DiagnosticSource>(diagnostics)
            .BuildServiceProvider();
        var app = new ApplicationBuilder(services);
        app.UseRouting();
        app.UseEndpoints(endpoints => endpoints.MapAdminApi());
        var body = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = services };
        (context.Request.Method, context.Request.Path, context.Request.Body, context.Response.Body) = (method, path, new MemoryStream(Encoding.UTF8.GetBytes(sent)), body);

        await app.Build()(context);

        return (context.Response.StatusCode, context.Response.ContentType, Encoding.UTF8.GetString(body.ToArray()));
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
