using Aspire.Hosting.Docker.Resources.ComposeNodes;

namespace Aspire.Hosting.Docker;

/// <summary>Docker Compose as a place to publish to.</summary>
internal sealed class DockerComposeEnvironmentResource(string name) : Resource(name);

/// <summary>A resource as a service of a compose file.</summary>
internal sealed class DockerComposeServiceResource(string name, IResource resource, DockerComposeEnvironmentResource composeEnvironmentResource)
    : Resource(name), IResourceWithParent<DockerComposeEnvironmentResource>
{
    public DockerComposeEnvironmentResource Parent { get; } = composeEnvironmentResource;

    internal IResource TargetResource { get; } = resource;
}

/// <summary>Changes a service before it is written.</summary>
internal sealed class DockerComposeServiceCustomizationAnnotation(Action<DockerComposeServiceResource, Service> configure) : IResourceAnnotation
{
    public Action<DockerComposeServiceResource, Service> Configure { get; } = configure;
}
