using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>Makes the builder of the application from what was typed.</summary>
internal static class AppHostBuilder
{
    private const string Operation = "AppHost:Operation";
    private const string Step = "Pipeline:Step";
    private const string OutputPath = "Pipeline:OutputPath";

    /// <exception cref="DistributedApplicationException">What was typed is wrong.</exception>
    public static IDistributedApplicationBuilder Create(string[] args)
    {
        // Whether there is a dashboard, and whether anything runs at all, has to be known before there is a builder.
        var early = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
        CheckOperation(args);
        Settings.CheckNames(args);
        _ = early.Flag(Settings.AnonymousDashboard, fallback: false);
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            // Its settings are found wherever the program is started from.
            Args = Home is { } home ? [$"--contentRoot={home}", .. args] : args,
            DisableDashboard = !early.HasDashboard,
        });

        // The dashboard and the resources are on this machine: there is nothing on the way that TLS would hide.
        builder.Configuration["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        if (builder.ExecutionContext.IsPublishMode)
        {
            PreparePublishing(builder);
        }
        else if (builder.HasFixedPorts)
        {
            builder.Configuration["ASPNETCORE_URLS"] = $"http://localhost:{builder.Configuration.DashboardPort}";
        }

        return builder;
    }

    extension(IDistributedApplicationBuilder builder)
    {
        /// <summary>Whether ports are as the settings say, and not any that are free.</summary>
        public bool HasFixedPorts => !builder.Configuration.Flag("DcpPublisher:RandomizePorts", fallback: false);
    }

    private static string? Home =>
        typeof(AppHostBuilder).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == "apphostprojectpath")?.Value is { } folder
        && Directory.Exists(folder) ? folder : null;

    // From the command line alone: a build server may well have a variable OPERATION or STEP of its own.
    private static void CheckOperation(string[] args)
    {
        var typed = new ConfigurationBuilder()
            .AddCommandLine(args, new Dictionary<string, string> { ["--operation"] = Operation, ["--output-path"] = OutputPath, ["--step"] = Step })
            .Build();
        if (typed[Operation] is { } operation && !Enum.GetNames<DistributedApplicationOperation>().Contains(operation, StringComparer.OrdinalIgnoreCase))
        {
            throw new DistributedApplicationException(
                $"--operation '{operation}' is not known: it may be {string.Join(" or ", Enum.GetNames<DistributedApplicationOperation>()).ToLowerInvariant()}");
        }

        // The last word without its value is passed over by the configuration.
        if (args is [.., "--output-path"] || typed[OutputPath] is { } folder && (folder.Length == 0 || folder.StartsWith("--", StringComparison.Ordinal)))
        {
            throw new DistributedApplicationException("--output-path needs a folder, for example --output-path out");
        }
    }

    private static void PreparePublishing(IDistributedApplicationBuilder builder)
    {
        if (builder.Configuration.Flag("Pipeline:ListSteps", fallback: false) && builder.Configuration["ASPIRE_BACKCHANNEL_PATH"] is null)
        {
            throw new DistributedApplicationException("--list-steps needs the Aspire CLI, which shows them: aspire do --list-steps");
        }

        // Without a step the host would run all there are, image builds with them.
        if (builder.Configuration[Step] is null or "")
        {
            builder.Configuration[Step] = "publish";
        }

        // A step that failed is told in one line at the end of AppHost.cs; the host would tell it twice more, with stack traces.
        builder.Services.AddLogging(logging => logging
            .AddFilter("Aspire.Hosting.Publishing.PipelineExecutor", LogLevel.None)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None));
    }
}
