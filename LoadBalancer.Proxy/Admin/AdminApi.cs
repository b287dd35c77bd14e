using System.Text.Json;
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
        api.MapGet("/clusters", static (ClusterRegistry registry) => TypedResults.Json(AdminViews.Describe(registry.Read()), AdminJson.Default.StateView));
        api.MapGet("/events", static context => context.RequestServices.GetRequiredService<AdminEvents>().AnswerAsync(context));
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

        if (Find(found.Standing.Members, destination) is not { } target)
        {
            return Problem(StatusCodes.Status404NotFound, $"Cluster '{found.Name}' has no destination '{destination}'.");
        }

        DestinationChangeBody? change;
        try
        {
            change = await JsonSerializer.DeserializeAsync(request.Body, AdminJson.Default.DestinationChangeBody, request.HttpContext.RequestAborted);
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

        if (registry.SetState(found, target.Destination, state) is var before && before != state)
        {
            Log.StateChanged(logger, target.Name, before, state);
        }

        return TypedResults.Json(AdminViews.Describe(DestinationState.Of(target)), AdminJson.Default.DestinationView);
    }

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

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "the operator changed {Destination} from {Before} to {State}")]
        public static partial void StateChanged(ILogger logger, string destination, OperatorState before, OperatorState state);
    }
}
