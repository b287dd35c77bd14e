#pragma warning disable ASPIREPIPELINES001 // The pipeline is marked as experimental.

using Aspire.Hosting.Docker;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Pipelines;

namespace Aspire.Hosting;

/// <summary>Publishing to Docker Compose, in the signatures of the package Aspire.Hosting.Docker (docs/decisions/0005).</summary>
internal static class DockerComposeExtensions
{
    /// <summary>Lets the application be published: <c>--operation publish --output-path out</c>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">Name of the environment; the published dashboard is called after it.</param>
    public static IResourceBuilder<DockerComposeEnvironmentResource> AddDockerComposeEnvironment(this IDistributedApplicationBuilder builder, string name)
    {
        var environment = new DockerComposeEnvironmentResource(name);
        if (builder.ExecutionContext.IsRunMode)
        {
            return builder.CreateResourceBuilder(environment);
        }

        builder.Pipeline.AddStep($"publish-{name}", new ComposePublisher(environment).PublishAsync, requiredBy: WellKnownPipelineSteps.Publish);
        return builder.AddResource(environment);
    }

    /// <summary>Changes the service that a resource is published as, before it is written.</summary>
    public static IResourceBuilder<T> PublishAsDockerComposeService<T>(this IResourceBuilder<T> builder, Action<DockerComposeServiceResource, Service> configure)
        where T : IComputeResource =>
        builder.ApplicationBuilder.ExecutionContext.IsRunMode ? builder : builder.WithAnnotation(new DockerComposeServiceCustomizationAnnotation(configure));
}
