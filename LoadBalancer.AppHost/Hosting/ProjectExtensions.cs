#pragma warning disable ASPIRECERTIFICATES001 // WithoutHttpsCertificate is marked as experimental.

using System.Reflection;

/// <summary>How the projects of this application are run, and published.</summary>
internal static class ProjectExtensions
{
    private const string BuiltResource = "BuiltResource:";

    /// <summary>Sets up a project for a developer's machine; what is published is not changed.</summary>
    public static IResourceBuilder<ProjectResource> InDevelopment(this IResourceBuilder<ProjectResource> project) =>
        project.ApplicationBuilder.ExecutionContext.IsPublishMode ? project : project
            .StartFromBuild()
            // Nothing here speaks TLS; the dashboard would warn of a development certificate that is not trusted.
            .WithoutHttpsCertificate()
            // The launch profile would have said the first; the second keeps a dashboard that is gone from holding up the end.
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", "Development")
            .WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");

    /// <summary>Lets Docker check the container's health, and start it again when it has ended. The images have <c>wget</c>.</summary>
    /// <param name="project">The resource.</param>
    /// <param name="healthUrl">What to ask for, from inside the container; <c>$$</c> begins a variable of the container.</param>
    public static IResourceBuilder<ProjectResource> AsComposeService(this IResourceBuilder<ProjectResource> project, string healthUrl) =>
        project.PublishAsDockerComposeService((_, service) =>
        {
            service.Restart = "unless-stopped";
            service.Healthcheck = new()
            {
                Test = ["CMD-SHELL", $"wget -q -O /dev/null {healthUrl} || exit 1"],
                Interval = "10s",
                Timeout = "3s",
                Retries = 3,
                StartPeriod = "5s",
            };
        });

    // The program itself instead of `dotnet run`, which would evaluate the project once more for each of its resources (docs/decisions/0006).
    // Left to the host where it has a part in the start: under a debugger, and under `dotnet watch`.
    private static IResourceBuilder<ProjectResource> StartFromBuild(this IResourceBuilder<ProjectResource> project)
    {
        var settings = project.ApplicationBuilder.Configuration;
        var file = project.Resource.GetProjectMetadata().ProjectPath;
        var library = typeof(ProjectExtensions).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == BuiltResource + file)?.Value;
        var program = Path.ChangeExtension(library, OperatingSystem.IsWindows() ? ".exe" : null);
        return settings["DEBUG_SESSION_PORT"] is null && !settings.Flag("DOTNET_WATCH", fallback: false) && File.Exists(program)
            ? project.WithAnnotation(new ExecutableAnnotation { Command = program, WorkingDirectory = Path.GetDirectoryName(file)! })
            : project;
    }
}
