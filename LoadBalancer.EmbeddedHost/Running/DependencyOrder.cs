using Aspire.Hosting.ApplicationModel;

namespace LoadBalancer.EmbeddedHost.Running;

/// <summary>Who must be there before whom.</summary>
internal static class DependencyOrder
{
    /// <summary>The resources in levels: each level refers only to levels before it. A circle becomes one level.</summary>
    public static IReadOnlyList<IReadOnlyList<IResource>> Levels(IEnumerable<IResource> resources)
    {
        var rest = resources.ToList();
        var levels = new List<IReadOnlyList<IResource>>();
        while (rest.Count > 0)
        {
            var ready = rest.Where(resource => !References(resource).Any(rest.Contains)).ToArray();
            if (ready.Length == 0)
            {
                ready = [.. rest];
            }
            levels.Add(ready);
            rest.RemoveAll(ready.Contains);
        }
        return levels;
    }

    private static IEnumerable<IResource> References(IResource resource) => resource.Annotations
        .OfType<ResourceRelationshipAnnotation>()
        .Where(relationship => relationship.Type == KnownRelationshipTypes.Reference && relationship.Resource != resource)
        .Select(relationship => relationship.Resource);
}
