using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;

namespace LoadBalancer.EmbeddedHost.Running;

/// <summary>Writes snapshots: what changed, and what follows from it.</summary>
internal sealed class ResourcePublisher(ResourceNotificationService notifications, IServiceProvider services)
{
    public void Publish(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> change) =>
        // Which commands make sense depends on the state, so they are judged anew with each change.
        _ = notifications.PublishUpdateAsync(resource, before =>
        {
            var after = change(before);
            return after with { Commands = Commands(resource, after) };
        });

    /// <summary>What is known before the first start.</summary>
    public void PublishFirst(IResource resource, TimeProvider time) => Publish(resource, before => before with
    {
        ResourceType = resource is ProjectResource ? "Project" : resource.GetType().Name,
        State = KnownResourceStates.NotStarted,
        CreationTimeStamp = time.GetUtcNow().UtcDateTime,
        HealthReports = Unasked(resource),
        Urls = [.. resource.Annotations.OfType<EndpointAnnotation>()
            .Where(endpoint => endpoint.AllocatedEndpoint is not null)
            .Select(endpoint => new UrlSnapshot(endpoint.Name, endpoint.AllocatedEndpoint!.UriString, IsInternal: false))],
        Relationships = [.. resource.Annotations.OfType<ResourceRelationshipAnnotation>()
            .Select(relationship => new RelationshipSnapshot(relationship.Resource.Name, relationship.Type))],
    });

    /// <summary>The health reports of a resource whose checks have not run.</summary>
    public static ImmutableArray<HealthReportSnapshot> Unasked(IResource resource) =>
        [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => new HealthReportSnapshot(check.Key, null, null, null))];

    private ImmutableArray<ResourceCommandSnapshot> Commands(IResource resource, CustomResourceSnapshot snapshot)
    {
        var context = new UpdateCommandStateContext { ResourceSnapshot = snapshot, ServiceProvider = services };
        return [.. resource.Annotations.OfType<ResourceCommandAnnotation>()
            .Select(command => new ResourceCommandSnapshot(command, command.UpdateState(context)))];
    }
}
