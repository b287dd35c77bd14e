using LoadBalancer.Proxy.Clusters;
using LoadBalancer.Proxy.Configuration;
using Microsoft.AspNetCore.Routing;

namespace LoadBalancer.Proxy.Admin;

/// <summary>The calls that add destinations to a cluster and remove them.</summary>
internal static partial class MembershipApi
{
    private static readonly string BodyMustBe =
        $$"""The body must be {"address":"http://host:port"}, with "name":"web1" and "weight":3, a whole number from 0 to {{DestinationOptions.MostWeight}}, where they matter.""";

    /// <summary>Maps the calls.</summary>
    public static void MapMembershipApi(this IEndpointRouteBuilder api)
    {
        api.MapPost("/clusters/{cluster}/destinations", AddAsync);
        api.MapDelete("/clusters/{cluster}/destinations/{destination}", Remove);
    }

    private static async Task<IResult> AddAsync(string cluster, HttpRequest request, ClusterRegistry registry, MembershipAccess membership, ILogger<ClusterRegistry> logger)
    {
        if (AdminApi.FindCluster(registry, cluster, out var found) is { } missing)
        {
            return missing;
        }

        var (body, problem) = await JsonBody.ReadAsync(request, AdminJson.Default.DestinationBody, BodyMustBe, static body => body.Check());
        if (body is null)
        {
            return problem!;
        }

        var (address, error) = DestinationAddress.Parse(body.Address!);
        if (address is null)
        {
            return JsonBody.Problem(StatusCodes.Status400BadRequest, $"address {error}.");
        }

        var (added, refusal) = membership.Add(found.Name, address, body.Name, body.Weight);
        if (added is not { } member)
        {
            return JsonBody.Problem(refusal!.Status, refusal.Detail);
        }

        Log.Added(logger, member.Name, found.Name);
        return TypedResults.Json(AdminViews.Describe(DestinationState.Of(member)), AdminJson.Default.DestinationView, statusCode: StatusCodes.Status201Created);
    }

    private static IResult Remove(string cluster, string destination, ClusterRegistry registry, MembershipAccess membership, ILogger<ClusterRegistry> logger)
    {
        if (AdminApi.FindMember(registry, cluster, destination, out var found, out var target) is { } missing)
        {
            return missing;
        }

        var removed = membership.Remove(found.Name, target);
        if (removed.Definition.LeavesAt is { } at && target.Definition.LeavesAt is null)
        {
            Log.Removed(logger, target.Name, found.Name, at);
        }

        return TypedResults.Json(AdminViews.Describe(DestinationState.Of(removed)), AdminJson.Default.DestinationView, statusCode: StatusCodes.Status202Accepted);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "the operator added {Destination} to {Cluster}")]
        public static partial void Added(ILogger logger, string destination, string cluster);

        [LoggerMessage(2, LogLevel.Information, "the operator removed {Destination} from {Cluster}; its sessions have until {Time:HH:mm:ss} UTC")]
        public static partial void Removed(ILogger logger, string destination, string cluster, DateTimeOffset time);
    }
}

/// <summary>What the API may do with the members of clusters.</summary>
/// <param name="Add">Adds a destination to a cluster, or puts back the one that was removed: cluster, address, name and weight, or null for what they are without. Gives it as it then is, or why not.</param>
/// <param name="Remove">Removes a destination of a cluster. Gives it as it leaves.</param>
internal sealed record MembershipAccess(Func<string, Uri, string?, int?, (Member? Member, MembershipRefusal? Refusal)> Add, Func<string, Member, Member> Remove);

/// <summary>Why a destination is not added.</summary>
/// <param name="Status">The status of the answer.</param>
/// <param name="Detail">The reason.</param>
internal sealed record MembershipRefusal(int Status, string Detail);

/// <summary>The body of a call that adds a destination.</summary>
/// <param name="Address">Where requests go.</param>
/// <param name="Name">Its name; null for host and port.</param>
/// <param name="Weight">Its weight; null for 1, or of one that was removed, for what it had.</param>
internal sealed record DestinationBody(string? Address, string? Name, int? Weight)
{
    /// <summary>What is wrong with it, but for the form of the address; null where nothing is.</summary>
    public string? Check() =>
        string.IsNullOrEmpty(Address) ? "address is missing."
        : Name is "" ? "name is empty."
        : Weight is < 0 or > DestinationOptions.MostWeight ? $"weight {Weight} is out of range."
        : null;
}
