using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Docker.Resources.ComposeNodes;

namespace Aspire.Hosting.Docker;

/// <summary>Docker Compose as a place to publish to.</summary>
/// <param name="name">Name of the environment.</param>
public class DockerComposeEnvironmentResource(string name) : Resource(name);

/// <summary>A resource as it is published.</summary>
/// <param name="name">Name of the service.</param>
/// <param name="resource">The resource that becomes the service.</param>
/// <param name="composeEnvironmentResource">Where it is published to.</param>
public class DockerComposeServiceResource(string name, IResource resource, DockerComposeEnvironmentResource composeEnvironmentResource) : Resource(name)
{
    /// <summary>Where it is published to.</summary>
    public DockerComposeEnvironmentResource Parent { get; } = composeEnvironmentResource;

    internal IResource TargetResource { get; } = resource;
}

/// <summary>Changes a service before it is written.</summary>
/// <param name="configure">Gets the service as the host would write it.</param>
internal sealed class DockerComposeServiceCustomizationAnnotation(Action<DockerComposeServiceResource, Service> configure) : IResourceAnnotation
{
    /// <summary>Gets the service as the host would write it.</summary>
    public Action<DockerComposeServiceResource, Service> Configure { get; } = configure;
}
