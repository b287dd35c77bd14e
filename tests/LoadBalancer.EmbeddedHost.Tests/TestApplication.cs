using Microsoft.Extensions.Hosting;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>An application made for one test, in this process.</summary>
internal static class TestApplication
{
    public static DistributedApplicationBuilder Describe(params string[] arguments) => Describe(arguments, withDashboard: false);

    public static DistributedApplicationBuilder DescribeWithDashboard(params string[] arguments) => Describe(arguments, withDashboard: true);

    public static IResourceBuilder<ProjectResource> AddBackend(this DistributedApplicationBuilder builder, string name) =>
        builder.AddProject<Projects.LoadBalancer_Backend>(name, launchProfileName: null)
            .WithHttpEndpoint(name: "http", isProxied: false)
            .WithHttpHealthCheck("/health");

    public static async Task<DistributedApplication> StartAsync(this DistributedApplicationBuilder builder)
    {
        var application = builder.Build();
        try
        {
            await application.StartAsync(TestContext.Current.CancellationToken);
            return application;
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    public static CustomResourceSnapshot Snapshot(this DistributedApplication application, string resource)
    {
        Assert.True(application.ResourceNotifications.TryGetCurrentState(resource, out var current));
        return current.Snapshot;
    }

    private static DistributedApplicationBuilder Describe(string[] arguments, bool withDashboard) => new(
        new DistributedApplicationOptions { Args = arguments, ProjectDirectory = AppContext.BaseDirectory, DisableDashboard = !withDashboard },
        new HostApplicationBuilderSettings(),
        inTest: true);

    public static int ProcessId(this CustomResourceSnapshot snapshot) =>
        Assert.IsType<int>(Assert.Single(snapshot.Properties, fact => fact.Name == "executable.pid").Value);
}
