using System.Collections.Immutable;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using LoadBalancer.EmbeddedHost.Dashboard;

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
    public async Task PublishFirstAsync(IResource resource, TimeProvider time, CancellationToken cancellationToken)
    {
        var urls = EndpointUrls(resource);
        foreach (var later in resource.Annotations.OfType<LaterUrlAnnotation>())
        {
            urls.Add(Shown(null, await later.Url.GetValueAsync(cancellationToken) ?? "", later.DisplayText, urls.Count));
        }

        Publish(resource, before => before with
        {
            ResourceType = resource is ProjectResource ? "Project" : "Executable",
            IsHidden = resource is DashboardResource,
            State = KnownResourceStates.NotStarted,
            CreationTimeStamp = time.GetUtcNow().UtcDateTime,
            HealthReports = Unasked(resource),
            Urls = [.. urls],
            Relationships = [.. resource.Annotations.OfType<ResourceRelationshipAnnotation>()
                .Select(relationship => new RelationshipSnapshot(relationship.Resource.Name, relationship.Type))],
        });
    }

    /// <summary>The health reports of a resource whose checks have not run.</summary>
    public static ImmutableArray<HealthReportSnapshot> Unasked(IResource resource) =>
        [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => new HealthReportSnapshot(check.Key, null, null, null))];

    private static List<UrlSnapshot> EndpointUrls(IResource resource)
    {
        var urls = new List<UrlSnapshot>();
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.AllocatedEndpoint is not null))
        {
            var url = new ResourceUrlAnnotation
            {
                Url = endpoint.AllocatedEndpoint!.UriString,
                Endpoint = new EndpointReference((IResourceWithEndpoints)resource, endpoint.Name),
            };
            foreach (var annotation in resource.Annotations.OfType<EndpointUrlAnnotation>().Where(change => change.EndpointName == endpoint.Name))
            {
                annotation.Change(url);
            }
            urls.Add(Shown(endpoint.Name, url.Url, url.DisplayText, urls.Count));
        }
        return urls;
    }

    // In the order in which they were said: the dashboard puts the highest first.
    private static UrlSnapshot Shown(string? endpoint, string url, string? text, int index) =>
        new(endpoint, url, IsInternal: false) { DisplayProperties = new UrlDisplayPropertiesSnapshot(text ?? "", -index) };

    private ImmutableArray<ResourceCommandSnapshot> Commands(IResource resource, CustomResourceSnapshot snapshot)
    {
        var context = new UpdateCommandStateContext { ResourceSnapshot = snapshot, Services = services };
        return [.. resource.Annotations.OfType<ResourceCommandAnnotation>()
            .Select(command => new ResourceCommandSnapshot(command, command.UpdateState(context)))];
    }
}
