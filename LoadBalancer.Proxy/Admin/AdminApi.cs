using System.Text.Json;
using System.Text.Json.Serialization;
using LoadBalancer.Proxy.Clusters;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LoadBalancer.Proxy.Admin;

/// <summary>The operator's HTTP interface.</summary>
internal static partial class AdminApi
{
    /// <summary>Maps the calls.</summary>
    public static void MapAdminApi(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup("/api").DisableHttpMetrics();
        api.MapGet("/clusters", static (ClusterRegistry registry) => TypedResults.Json(Describe(registry), AdminJson.Default.ClusterList));
        api.MapPatch("/clusters/{cluster}/destinations/{destination}", ChangeAsync);
    }

    /// <summary>Changes a destination: <c>{"state":"draining"}</c>. Answers with the destination as it then is.</summary>
    private static async Task<IResult> ChangeAsync(string cluster, string destination, HttpRequest request, ClusterRegistry registry, ILogger<ClusterRegistry> logger)
    {
        // Routing decodes everything but a slash, and a destination that is named after its address may have one.
        (cluster, destination) = (WithSlashes(cluster), WithSlashes(destination));
        if (registry.Find(cluster) is not { } found)
        {
            return Problem(StatusCodes.Status404NotFound, $"There is no cluster '{cluster}'.");
        }

        if (Find(found.Current.All, destination) is not { } target)
        {
            return Problem(StatusCodes.Status404NotFound, $"Cluster '{found.Name}' has no destination '{destination}'.");
        }

        DestinationChange? change;
        try
        {
            change = await JsonSerializer.DeserializeAsync(request.Body, AdminJson.Default.DestinationChange, request.HttpContext.RequestAborted);
        }
        catch (JsonException)
        {
            change = null;
        }
        catch (BadHttpRequestException exception)
        {
            return Problem(exception.StatusCode, exception.Message);
        }

        if (!Enum.TryParse<OperatorState>(change?.State, ignoreCase: true, out var state) || !state.ToString().Equals(change.State, StringComparison.OrdinalIgnoreCase))
        {
            return Problem(StatusCodes.Status400BadRequest, """The body must be {"state":"active"}, or draining or down in place of active.""");
        }

        if (registry.SetState(found, target, state) is var before && before != state)
        {
            Log.StateChanged(logger, target.Name, before, state);
        }

        return TypedResults.Json(Describe(target), AdminJson.Default.DestinationView);
    }

    private static string WithSlashes(string routed) => routed.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static Destination? Find(ReadOnlySpan<Destination> destinations, string name)
    {
        foreach (var destination in destinations)
        {
            if (destination.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return destination;
            }
        }

        return null;
    }

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);

    private static ClusterList Describe(ClusterRegistry registry) => new(registry.Clusters.OrderBy(cluster => cluster.Name, StringComparer.Ordinal).Select(Describe).ToList());

    private static ClusterView Describe(Cluster cluster)
    {
        var snapshot = cluster.Current;
        var destinations = new List<DestinationView>();
        foreach (var destination in snapshot.All)
        {
            destinations.Add(Describe(destination));
        }

        return new ClusterView(cluster.Name, snapshot.Options.LoadBalancingPolicy.ToString(), destinations);
    }

    private static DestinationView Describe(Destination destination)
    {
        var (health, load) = (destination.Health.Status, destination.Load);
        return new DestinationView(
            destination.Name,
            destination.Address.AbsoluteUri,
            health.Verdict.ToString(),
            destination.State.ToString(),
            destination.IsAvailable,
            health.Reason,
            health.Since.UtcDateTime,
            load.InFlight,
            load.Attempts,
            load.Failures,
            Math.Round(load.LatencyMilliseconds, 3));
    }

    private sealed record ClusterList(IReadOnlyList<ClusterView> Clusters);

    private sealed record ClusterView(string Name, string Policy, IReadOnlyList<DestinationView> Destinations);

    private sealed record DestinationView(
        string Name,
        string Address,
        string Health,
        string State,
        bool Available,
        string Reason,
        DateTime Since,
        int InFlight,
        long Requests,
        long Failures,
        double LatencyMs);

    private sealed record DestinationChange(string? State);

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
    [JsonSerializable(typeof(ClusterList))]
    [JsonSerializable(typeof(DestinationView))]
    [JsonSerializable(typeof(DestinationChange))]
    private sealed partial class AdminJson : JsonSerializerContext;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "the operator changed {Destination} from {Before} to {State}")]
        public static partial void StateChanged(ILogger logger, string destination, OperatorState before, OperatorState state);
    }
}
