using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using LoadBalancer.EmbeddedHost.Launching;
using LoadBalancer.EmbeddedHost.Running;
using Microsoft.Extensions.Hosting;

namespace LoadBalancer.EmbeddedHost.Dashboard;

/// <summary>
/// The Aspire dashboard beside the application: found or installed, started, told about the resources. Nothing waits for it, and the
/// application runs on without it.
/// </summary>
internal sealed class DashboardHost(
    DistributedApplicationModel model,
    IDistributedApplicationBuilder builder,
    IHostEnvironment environment,
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    ResourceCommandService commands,
    ResourcePublisher publisher,
    TimeProvider time) : IDisposable
{
    /// <summary>What the dashboard gets to end before it is killed: it has nothing to lose.</summary>
    public static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Begins to bring the dashboard up, if there is to be one.</summary>
    public void Begin()
    {
        if (model.Resources.OfType<DashboardResource>().FirstOrDefault() is { } dashboard)
        {
            _running = RunAsync(dashboard, _stopping.Token);
        }
    }

    /// <summary>Ends the dashboard.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync(DashboardResource dashboard, CancellationToken cancellationToken)
    {
        // Starting the application comes first.
        await Task.Yield();
        try
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            var locator = new DashboardLocator(builder.Configuration, builder.AppHostDirectory, home);
            var program = locator.Find() ?? await new DashboardInstaller(locator, Say, Environment.GetEnvironmentVariable("PATH")).InstallAsync(cancellationToken);
            if (program is null)
            {
                Publish(dashboard, KnownResourceStates.FailedToStart);
                return;
            }

            await using var service = new ResourceService(model, notifications, logs, commands, environment.ApplicationName.Split('.')[0]);
            var address = await service.StartAsync(cancellationToken);
            using var child = await ChildProcess.StartAsync(
                program,
                ["dashboard"],
                Path.GetDirectoryName(program)!,
                ProjectEnvironment.WithSurroundings(Variables(dashboard, address, service.Key)),
                (line, isError) => logs.Append(dashboard.Name, line, isError));
            Publish(dashboard, KnownResourceStates.Running);
            _ = AnnounceAsync(dashboard, cancellationToken);

            var stopped = new TaskCompletionSource();
            await using var registration = cancellationToken.Register(stopped.SetResult);
            await Task.WhenAny(child.Exited, stopped.Task);
            if (!cancellationToken.IsCancellationRequested)
            {
                Say($"the dashboard has ended (exit code {await child.Exited}); the application runs on");
                Publish(dashboard, KnownResourceStates.Finished);
                return;
            }
            await child.StopAsync(StopGrace, time);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The application ends before the dashboard was there.
        }
        catch (Exception exception) when (exception is DistributedApplicationException or IOException or System.ComponentModel.Win32Exception)
        {
            Say($"no dashboard: {exception.Message}");
            Publish(dashboard, KnownResourceStates.FailedToStart);
        }
    }

    private Dictionary<string, string> Variables(DashboardResource dashboard, string resourceService, string resourceServiceKey)
    {
        var settings = builder.Configuration;
        var variables = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = dashboard.Browser,
            ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = dashboard.OtlpGrpc,
            ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = dashboard.OtlpHttp,
            ["DASHBOARD__OTLP__AUTHMODE"] = "ApiKey",
            ["DASHBOARD__OTLP__PRIMARYAPIKEY"] = settings[DashboardResource.Secrets.OtlpApiKey]!,
            ["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = resourceService,
            ["DASHBOARD__RESOURCESERVICECLIENT__AUTHMODE"] = "ApiKey",
            ["DASHBOARD__RESOURCESERVICECLIENT__APIKEY"] = resourceServiceKey,
            ["ASPIRE_DASHBOARD_API_ENABLED"] = "true",
            ["DASHBOARD__API__AUTHMODE"] = "ApiKey",
            ["DASHBOARD__API__PRIMARYAPIKEY"] = settings[DashboardResource.Secrets.DashboardApiKey]!,
            ["DASHBOARD__FRONTEND__AUTHMODE"] = dashboard.AllowsAnonymous ? "Unsecured" : "BrowserToken",
            ["LOGGING__LOGLEVEL__DEFAULT"] = "Warning",
        };
        if (!dashboard.AllowsAnonymous)
        {
            variables["DASHBOARD__FRONTEND__BROWSERTOKEN"] = settings[DashboardResource.Secrets.BrowserToken]!;
        }
        return variables;
    }

    // Once it listens, so that nobody clicks on an address that refuses.
    private async Task AnnounceAsync(DashboardResource dashboard, CancellationToken cancellationToken)
    {
        try
        {
            await Listening.UntilAcceptedAsync(new Uri(dashboard.Browser).Port, time, cancellationToken);
            var login = dashboard.AllowsAnonymous ? dashboard.Browser : $"{dashboard.Browser}/login?t={builder.Configuration[DashboardResource.Secrets.BrowserToken]}";
            Say($"dashboard: {login}");
        }
        catch (OperationCanceledException)
        {
            // The application ends first.
        }
    }

    private void Publish(DashboardResource dashboard, string state) =>
        publisher.Publish(dashboard, before => before with { State = state, IsHidden = true });

    private void Say(string text) => logs.Append(ConsoleOutput.Host, text, isErrorMessage: false);
}
