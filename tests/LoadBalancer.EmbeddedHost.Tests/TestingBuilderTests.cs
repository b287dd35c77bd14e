using Aspire.Hosting.Testing;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>The AppHost in the hands of a test.</summary>
public sealed class TestingBuilderTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_command_line_of_a_test_reaches_the_AppHost()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.LoadBalancer_AppHost>(["--Replicas=5"], Cancelled);

        Assert.Equal(6, builder.Resources.Count);
        Assert.Equal("5", builder.Configuration["Replicas"]);
        Assert.Equal(Projects.LoadBalancer_AppHost.ProjectPath, builder.AppHostDirectory);
    }

    [Fact]
    public async Task Under_a_test_no_port_is_fixed()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.LoadBalancer_AppHost>(Cancelled);

        Assert.All(
            builder.Resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>()),
            endpoint => Assert.Null(endpoint.Port));
    }

    [Fact]
    public async Task A_mistake_in_the_AppHost_is_the_exception_of_the_test()
    {
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() =>
            DistributedApplicationTestingBuilder.CreateAsync<Projects.LoadBalancer_AppHost>(["--Replicas=many"], Cancelled));

        Assert.Contains("Replicas", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resource_that_is_not_there_is_named()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.LoadBalancer_AppHost>(["--Replicas=0"], Cancelled);
        await using var application = await builder.BuildAsync(Cancelled);

        Assert.Contains("'nobody'", Assert.Throws<ArgumentException>(() => application.GetEndpoint("nobody")).Message, StringComparison.Ordinal);
    }
}
