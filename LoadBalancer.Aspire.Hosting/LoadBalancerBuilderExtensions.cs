namespace Aspire.Hosting;

/// <summary>Adds the load balancer that comes with this package.</summary>
public static class LoadBalancerBuilderExtensions
{
    // The folder that buildTransitive/LoadBalancer.Aspire.Hosting.targets copies the program to.
    private const string Folder = "loadbalancer";
    private const string Program = "LoadBalancer.Proxy.dll";

    // The host kills a process that has not ended after ten seconds.
    private const string ShutdownTimeout = "5s";

    /// <summary>Adds a load balancer, run from the program in this package: no container, no project. <c>WithCluster</c> says what it balances over.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="port">Where clients call; by default a free port.</param>
    /// <param name="adminPort">Where the operator calls; by default a free port.</param>
    /// <exception cref="ArgumentOutOfRangeException">A port is none, from 1 to 65535.</exception>
    /// <exception cref="DistributedApplicationException">The program is not there: the host's project does not reference this package.</exception>
    public static IResourceBuilder<LoadBalancerResource> AddLoadBalancer(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, int? port = null, int? adminPort = null)
    {
        var program = FindProgram();
        return builder.AddResource(new LoadBalancerResource(name, DotNet(), Path.GetDirectoryName(program)!))
            .WithArgs(program)
            .AsLoadBalancer(port, adminPort)
            .WithOtlpExporter()
            .WithEnvironment("LoadBalancer__ShutdownTimeout", ShutdownTimeout)
            // A dashboard that is gone does not hold up the end. Milliseconds.
            .WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");
    }

    private static string FindProgram()
    {
        string[] homes = [AppContext.BaseDirectory, Path.GetDirectoryName(typeof(LoadBalancerBuilderExtensions).Assembly.Location) ?? ""];
        var places = Array.ConvertAll(homes, home => Path.Combine(home, Folder, Program));
        return Array.Find(places, File.Exists) ?? throw new DistributedApplicationException(
            $"The load balancer's program is not at {places[0]}. It comes with the package LoadBalancer.Aspire.Hosting, which the project of the app host must reference by PackageReference.");
    }

    // What started this program, where that is said; a machine may have several.
    private static string DotNet() => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";
}
