using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Docker;
using Aspire.Hosting.Docker.Resources.ComposeNodes;

namespace Aspire.Hosting;

/// <summary>Says that the application can be published to Docker Compose.</summary>
public static class DockerComposeEnvironmentExtensions
{
    /// <summary>Adds the environment. It shows when the application is published: <c>--operation publish --step publish --output-path out</c>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">Name of the environment; the published dashboard is called after it.</param>
    public static IResourceBuilder<DockerComposeEnvironmentResource> AddDockerComposeEnvironment(this IDistributedApplicationBuilder builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var environment = new DockerComposeEnvironmentResource(name);
        return builder.ExecutionContext.IsPublishMode ? builder.AddResource(environment) : builder.CreateResourceBuilder(environment);
    }
}

/// <summary>Says more about the services that resources are published as.</summary>
public static class DockerComposeServiceExtensions
{
    /// <summary>Changes the service before it is written.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="configure">Gets the service as the host would write it.</param>
    public static IResourceBuilder<T> PublishAsDockerComposeService<T>(this IResourceBuilder<T> builder, Action<DockerComposeServiceResource, Service> configure)
        where T : IComputeResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        return builder.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? builder.WithAnnotation(new DockerComposeServiceCustomizationAnnotation(configure))
            : builder;
    }
}
