using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using LoadBalancer.EmbeddedHost.Publishing;
using LoadBalancer.EmbeddedHost.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>The application: starts and stops the processes that its builder was told about.</summary>
public class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;

    internal DistributedApplication(IHost host) => _host = host;

    /// <summary>The services of the host.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>What is seen of the resources.</summary>
    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    /// <summary>What can be done with the resources.</summary>
    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    /// <summary>Begins the description of an application.</summary>
    /// <param name="args">The command line; settings such as <c>--Replicas=5</c>.</param>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => CreateBuilder(new DistributedApplicationOptions { Args = args });

    /// <summary>Begins the description of an application.</summary>
    /// <param name="options">The command line and the rest.</param>
    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options)
    {
        if (EntryPointRun.Current is { } run)
        {
            return run.CreateBuilder(options);
        }

        // A wrong setting is found while the application is described, in an entry point that catches nothing.
        AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
        {
            if (unhandled.ExceptionObject is DistributedApplicationException exception)
            {
                Console.Error.WriteLine(exception.Message);
                Environment.Exit(1);
            }
        };
        return new DistributedApplicationBuilder(options, new HostApplicationBuilderSettings(), inTest: false);
    }

    /// <summary>Runs the application until it is asked to end. A reason that it cannot run is one line on standard error, and exit code 1.</summary>
    public void Run()
    {
        try
        {
            RunAsync().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // Asked to end before everything had started.
        }
        catch (DistributedApplicationException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Environment.ExitCode = 1;
        }
    }

    /// <summary>Runs the application until it is asked to end.</summary>
    /// <param name="cancellationToken">Asks it to end.</param>
    /// <exception cref="DistributedApplicationException">It cannot run, for the reason in the message.</exception>
    public virtual Task RunAsync(CancellationToken cancellationToken = default)
    {
        // Under a test, the test starts and stops; the entry point only waits for the end.
        if (EntryPointRun.Current is { } run)
        {
            return run.Ended.WaitAsync(cancellationToken);
        }

        Switches.Check(Services.GetRequiredService<IConfiguration>());
        return Services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode
            ? Services.GetRequiredService<ComposePublisher>().PublishAsync(Console.Out, cancellationToken)
            : HostingAbstractionsHostExtensions.RunAsync(this, cancellationToken);
    }

    /// <summary>Starts every resource.</summary>
    /// <exception cref="DistributedApplicationException">It cannot start, for the reason in the message.</exception>
    public virtual Task StartAsync(CancellationToken cancellationToken = default) => _host.StartAsync(cancellationToken);

    /// <summary>Stops every resource, those first that use the others.</summary>
    public virtual Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    /// <summary>Ends every process that is still there.</summary>
    public virtual void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends every process that is still there.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        await Services.GetRequiredService<Orchestrator>().StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)_host).DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
