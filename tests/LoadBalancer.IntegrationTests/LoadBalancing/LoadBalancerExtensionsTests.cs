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
