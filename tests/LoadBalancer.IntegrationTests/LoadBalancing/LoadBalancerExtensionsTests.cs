using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.IntegrationTests.LoadBalancing;

/// <summary>What the extensions for app hosts refuse; what they do is seen in the applications that run.</summary>
public sealed class LoadBalancerExtensionsTests
{
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });

    [Fact]
    public void Replicas_that_cannot_be_told_apart_are_refused()
    {
        var web = _builder.AddExecutable("web", "never-started", ".").WithHttpEndpoint().WithAnnotation(new ReplicaAnnotation(3));
        var proxy = _builder.AddExecutable("lb", "never-started", ".").AsLoadBalancer();

        var refused = Assert.Throws<DistributedApplicationException>(() => proxy.WithCluster(web));

        Assert.Equal("'web' has 3 replicas behind one address of the host's own proxy: add them with AddReplicas, which gives each its own, instead of WithReplicas", refused.Message);
    }

    [Fact]
    public void A_second_cluster_of_the_same_name_is_refused()
    {
        var web = _builder.AddExecutable("web", "never-started", ".").WithHttpEndpoint();
        var other = _builder.AddExecutable("other", "never-started", ".").WithHttpEndpoint();
        var proxy = _builder.AddExecutable("lb", "never-started", ".").AsLoadBalancer().WithCluster(web);

        var refused = Assert.Throws<DistributedApplicationException>(() => proxy.WithCluster("Web", [other]));

        Assert.Equal("'lb' has a cluster 'Web' already: give the other one a name of its own, or give both to WithCluster as one list", refused.Message);
    }

    [Theory]
    [InlineData(0, null, "port")]
    [InlineData(65536, null, "port")]
    [InlineData(8080, -1, "adminPort")]
    public void A_port_that_is_none_is_refused(int? port, int? adminPort, string wrong)
    {
        var refused = Assert.Throws<ArgumentOutOfRangeException>(() => _builder.AddExecutable("lb", "never-started", ".").AsLoadBalancer(port, adminPort));

        Assert.Equal(wrong, refused.ParamName);
    }

    [Fact]
    public async Task A_cluster_without_destinations_is_one_all_the_same()
    {
        var proxy = _builder.AddExecutable("lb", "never-started", ".").AsLoadBalancer().WithCluster(_builder.AddReplicas("web", 0, name => _builder.AddExecutable(name, "never-started", ".")));
        var context = new EnvironmentCallbackContext(_builder.ExecutionContext);
        foreach (var variables in proxy.Resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await variables.Callback(context);
        }

        Assert.Equal(["LoadBalancer__Clusters__web__LoadBalancingPolicy"], context.EnvironmentVariables.Keys.Where(key => key.Contains("web", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_endpoint_that_the_destinations_do_not_have_is_an_error_of_the_start()
    {
        var web = _builder.AddExecutable("web", "never-started", ".").WithHttpEndpoint();
        _builder.AddExecutable("lb", "never-started", ".").AsLoadBalancer().WithCluster(web, cluster => cluster.EndpointName = "grpc");

        // The host wants to know where its orchestrator is, which nothing here starts.
        _builder.Configuration["DcpPublisher:CliPath"] = "never-started";
        _builder.Configuration["DcpPublisher:DashboardPath"] = "never-started";
        await using var application = _builder.Build();
        var start = new BeforeStartEvent(application.Services, application.Services.GetRequiredService<DistributedApplicationModel>());

        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(() => _builder.Eventing.PublishAsync(start, TestContext.Current.CancellationToken));

        Assert.Equal("'web' has no endpoint 'grpc', which cluster 'web' of 'lb' sends to: it has http. Another is named by EndpointName.", refused.Message);
    }

    [Fact]
    public void Without_the_program_of_the_package_it_is_said_where_that_comes_from()
    {
        var refused = Assert.Throws<DistributedApplicationException>(() => _builder.AddLoadBalancer("lb"));

        Assert.EndsWith("It comes with the package LoadBalancer.Aspire.Hosting, which the project of the app host must reference by PackageReference.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Replicas_are_counted_and_have_what_they_have_in_common_as_their_name()
    {
        var replicas = _builder.AddReplicas("web", 3, name => _builder.AddExecutable(name, "never-started", "."));

        Assert.Equal(("web", "web-1 web-2 web-3"), (replicas.Name, string.Join(' ', replicas.Select(replica => replica.Resource.Name))));
    }
}
