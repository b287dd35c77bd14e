using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Docker;
using Aspire.Hosting.Docker.Resources.ComposeNodes;

namespace LoadBalancer.EmbeddedHost.Publishing;

/// <summary>Writes the application as a compose file and the <c>.env</c> file beside it. Starts nothing, and needs no container engine.</summary>
internal sealed class ComposePublisher(IDistributedApplicationBuilder application)
{
    private const string Network = "aspire";
    private const string DefaultFolder = "aspire-output";
    private const string DashboardImage = "mcr.microsoft.com/dotnet/nightly/aspire-dashboard:13.5";

    /// <summary>Writes the files, and tells where.</summary>
    /// <exception cref="DistributedApplicationException">They cannot be written, for the reason in the message.</exception>
    public async Task PublishAsync(TextWriter output, CancellationToken cancellationToken)
    {
        var environment = application.Resources.OfType<DockerComposeEnvironmentResource>().FirstOrDefault()
            ?? throw new DistributedApplicationException("There is nowhere to publish to: the application adds no environment, such as AddDockerComposeEnvironment.");
        var placeholders = new Placeholders();
        var services = new List<Service> { Dashboard(environment) };
        foreach (var project in application.Resources.OfType<ProjectResource>())
        {
            services.Add(await DescribeAsync(project, environment, placeholders, cancellationToken));
        }

        // Said, it starts where the operator stands; not said, it is a folder of the app host.
        var folder = application.Configuration[Switches.OutputPath] is { } path ? Path.GetFullPath(path) : Path.Combine(application.AppHostDirectory, DefaultFolder);
        try
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, "docker-compose.yaml"), ComposeYaml.Write(services, Network), cancellationToken);
            await placeholders.WriteAsync(Path.Combine(folder, ".env"), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException($"Cannot write to {folder}: {exception.Message} Choose another folder with --output-path.", exception);
        }

        await output.WriteLineAsync($"wrote docker-compose.yaml and .env to {folder}");
    }

    private async Task<Service> DescribeAsync(
        ProjectResource project, DockerComposeEnvironmentResource environment, Placeholders placeholders, CancellationToken cancellationToken)
    {
        var values = new ComposeValues(placeholders);
        var service = new Service { Name = project.Name.ToLowerInvariant(), Image = placeholders.Image(project), Networks = [Network] };
        var context = new EnvironmentCallbackContext(application.ExecutionContext, project, cancellationToken: cancellationToken);
        foreach (var annotation in project.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        foreach (var (name, value) in context.EnvironmentVariables)
        {
            service.Environment[name] = values.Write(value);
        }

        service.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{DashboardName(environment)}:18889";
        service.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        service.Environment["OTEL_SERVICE_NAME"] = project.Name;

        foreach (var endpoint in project.Annotations.OfType<EndpointAnnotation>())
        {
            var inside = values.InsidePort(project, endpoint);
            if (endpoint.IsExternal)
            {
                service.Ports.Add(endpoint.Port is { } outside ? $"{outside}:{inside}" : inside);
            }
            else
            {
                service.Expose.Add(inside);
            }
        }

        var published = new DockerComposeServiceResource(project.Name, project, environment);
        foreach (var customization in project.Annotations.OfType<DockerComposeServiceCustomizationAnnotation>())
        {
            customization.Configure(published, service);
        }

        return service;
    }

    private static string DashboardName(DockerComposeEnvironmentResource environment) => $"{environment.Name}-dashboard";

    private static Service Dashboard(DockerComposeEnvironmentResource environment) => new()
    {
        Name = DashboardName(environment),
        Image = DashboardImage,
        Ports = ["18888"],
        Expose = ["18889", "18890"],
        Networks = [Network],
        Restart = "always",
    };
}
