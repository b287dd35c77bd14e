using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Routing;

namespace LoadBalancer.Proxy.Admin;

/// <summary>The operator's HTTP interface.</summary>
internal static partial class AdminApi
{
    private static readonly string BodyMustBe =
        $$"""The body must be {"state":"active"}, or draining or down in place of active; or {"weight":3}, a whole number from 0 to {{DestinationOptions.MostWeight}}, or null for that of the configuration; or {"ejected":false}, which ends an ejection; or {"breaker":"closed"}; or several of these.""";

    /// <summary>Maps the calls.</summary>
    public static void MapAdminApi(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup("/api").DisableHttpMetrics();
        api.MapGet("/clusters", static (ClusterRegistry registry) => TypedResults.Json(AdminViews.Describe(registry.Read()), AdminJson.Default.StateView));
        api.MapGet("/certificates", static (HttpContext context) => TypedResults.Json(new CertificatesView(context.RequestServices.GetRequiredService<ReadCertificates>()()), AdminJson.Default.CertificatesView));
        api.MapGet("/events", static context => context.RequestServices.GetRequiredService<AdminEvents>().AnswerAsync(context));
        api.MapPost("/explain", ExplainApi.AnswerAsync);
        api.MapConfigurationApi();
        api.MapMembershipApi();
        api.MapPatch("/clusters/{cluster}/destinations/{destination}", ChangeAsync);
    }

    /// <summary>Changes a destination: <c>{"state":"draining"}</c>, <c>{"weight":3}</c>, <c>{"ejected":false}</c>. Answers with the destination as it then is.</summary>
    private static async Task<IResult> ChangeAsync(string cluster, string destination, HttpRequest request, ClusterRegistry registry, ILogger<ClusterRegistry> logger)
    {
        if (FindMember(registry, cluster, destination, out var found, out var target) is { } missing)
        {
            return missing;
        }

        var (change, problem) = await JsonBody.ReadAsync(request, AdminJson.Default.DestinationChangeBody, BodyMustBe, static change => change.Check());
        if (change is null)
        {
            return problem!;
        }

        if (change.Ejected == false)
        {
            registry.EndEjection(found, target.Destination);
        }

        if (change.Breaker is not null)
        {
            registry.CloseBreaker(found, target.Destination);
        }

        if (change.ReadState() is { } wanted && registry.SetState(found, target.Destination, wanted) is var before && before != wanted)
        {
            Log.StateChanged(logger, target.Name, before, wanted);
        }

        var weightBefore = target.Weight;
        if (change.ReadWeight(out var weight) && registry.SetWeight(found, target.Destination, weight) != weight)
        {
            Log.WeightChanged(logger, target.Name, weightBefore, target.Weight);
        }

        return TypedResults.Json(AdminViews.Describe(DestinationState.Of(target)), AdminJson.Default.DestinationView);
    }

    /// <summary>Finds the cluster that a call names.</summary>
    /// <returns>Null where there is one, else the answer.</returns>
    public static IResult? FindCluster(ClusterRegistry registry, string cluster, out Cluster found)
    {
        // Where there is none, nobody looks at it.
        var any = registry.Find(WithSlashes(cluster));
        found = any!;
        return any is null ? JsonBody.Problem(StatusCodes.Status404NotFound, $"There is no cluster '{WithSlashes(cluster)}'.") : null;
    }

    /// <summary>Finds the destination that a call names.</summary>
    /// <returns>Null where there is one, else the answer.</returns>
    public static IResult? FindMember(ClusterRegistry registry, string cluster, string destination, out Cluster found, out Member target)
    {
        target = default;
        if (FindCluster(registry, cluster, out found) is { } missing)
        {
            return missing;
        }

        if (Find(found.Standing.Members, WithSlashes(destination)) is not { } member)
        {
            return JsonBody.Problem(StatusCodes.Status404NotFound, $"Cluster '{found.Name}' has no destination '{WithSlashes(destination)}'.");
        }

        target = member;
        return null;
    }

    // Routing decodes everything but a slash, and a destination that is named after its address may have one.
    private static string WithSlashes(string routed) => routed.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static Member? Find(ReadOnlySpan<Member> members, string name)
    {
        foreach (var member in members)
        {
            if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return member;
            }
        }

        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "the operator changed {Destination} from {Before} to {State}")]
        public static partial void StateChanged(ILogger logger, string destination, OperatorState before, OperatorState state);

        [LoggerMessage(2, LogLevel.Information, "the operator changed the weight of {Destination} from {Before} to {Weight}")]
        public static partial void WeightChanged(ILogger logger, string destination, int before, int weight);
    }
}
