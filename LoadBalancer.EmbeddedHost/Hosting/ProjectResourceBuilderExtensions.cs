using Aspire.Hosting.ApplicationModel;
using LoadBalancer.EmbeddedHost.Running;

namespace Aspire.Hosting;

/// <summary>Adds .NET projects to the application.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project; its built program becomes a process.</summary>
    /// <typeparam name="TProject">A class of the namespace <c>Projects</c>.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">Name of the resource.</param>
    /// <param name="launchProfileName">Null takes nothing from launch settings, which is all that this host can do.</param>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder,
        string name,
        string? launchProfileName)
        where TProject : IProjectMetadata, new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (launchProfileName is not null)
        {
            throw new DistributedApplicationException(
                $"The resource '{name}' asks for the launch profile '{launchProfileName}'; the embedded host does not read launch settings.");
        }

        return builder.AddResource(new ProjectResource(name))
            .WithAnnotation(new TProject())
            .WithAnnotation(InstanceId.New())
            .WithAnnotation(new EnvironmentCallbackAnnotation(context => ProjectEnvironment.AddDefaults(context, builder)));
    }

    /// <summary>Keeps a published project from being told to believe what requests say of the client they come from, which only a project behind a proxy may.</summary>
    /// <param name="builder">The project.</param>
    public static IResourceBuilder<ProjectResource> DisableForwardedHeaders(this IResourceBuilder<ProjectResource> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithAnnotation(new DisableForwardedHeadersAnnotation());
    }
}

/// <summary>The project is not told to believe what requests say of the client they come from.</summary>
internal sealed class DisableForwardedHeadersAnnotation : IResourceAnnotation;
