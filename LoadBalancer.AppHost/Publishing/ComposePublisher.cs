#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004 // The pipeline is marked as experimental.

using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Aspire.Hosting.Docker;

/// <summary>The pipeline step that writes the application as a compose file, and the <c>.env</c> file beside it. It starts nothing and needs no container engine.</summary>
internal sealed partial class ComposePublisher(DockerComposeEnvironmentResource environment)
{
    private const string Network = "aspire";
    private const string DashboardImage = "mcr.microsoft.com/dotnet/nightly/aspire-dashboard:13.6";

    private readonly string _dashboard = $"{environment.Name}-dashboard";

    /// <exception cref="DistributedApplicationException">The files cannot be written, for the reason in the message.</exception>
    public async Task PublishAsync(PipelineStepContext context)
    {
        var placeholders = new Placeholders();
        var file = new ComposeFile { Networks = { [Network] = new Network { Driver = "bridge" } }, Services = { [_dashboard] = Dashboard() } };
        foreach (var project in context.Model.Resources.OfType<ProjectResource>())
        {
            file.Services[project.Name.ToLowerInvariant()] = await DescribeAsync(project, context, placeholders);
        }

        var folder = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
        try
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, "docker-compose.yaml"), Serialize(file), context.CancellationToken);
            await placeholders.WriteAsync(Path.Combine(folder, ".env"), context.CancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException($"cannot write to {folder}: {exception.Message} Choose another folder with --output-path.", exception);
        }

        Log.Wrote(context.Services.GetRequiredService<ILogger<ComposePublisher>>(), folder);
    }

    private async Task<Service> DescribeAsync(ProjectResource project, PipelineStepContext context, Placeholders placeholders)
    {
        var values = new ComposeValues(placeholders);
        var service = new Service { Image = placeholders.Image(project), Networks = [Network] };
        var configuration = await ExecutionConfigurationBuilder.Create(project)
            .WithEnvironmentVariablesConfig()
            .BuildAsync(context.ExecutionContext, context.Logger, context.CancellationToken);
        foreach (var (name, (value, _)) in configuration.EnvironmentVariablesWithUnprocessed)
        {
            service.Environment[name] = values.Write(value);
        }

        service.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{_dashboard}:18889";
        service.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";

        // Milliseconds. Compose may stop the dashboard first: the 10 s that are the default would last until the container is killed.
        service.Environment["OTEL_EXPORTER_OTLP_TIMEOUT"] = "1000";
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

    private static Service Dashboard() => new()
    {
        Image = DashboardImage,
        Ports = ["18888"],
        Expose = ["18889", "18890"],
        Networks = [Network],
        Restart = "always",
    };

    // Quoted where YAML 1.1, which some readers of compose files still speak, would see something else than a text: 8080:8080, yes, 1.0.
    private static string Serialize(ComposeFile file) => new SerializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull | DefaultValuesHandling.OmitEmptyCollections)
        .WithQuotingNecessaryStrings(quoteYaml1_1Strings: true)
        .WithIndentedSequences()
        .WithNewLine("\n")
        .Build()
        .Serialize(file);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "wrote docker-compose.yaml and .env to {Folder}")]
        public static partial void Wrote(ILogger logger, string folder);
    }
}
