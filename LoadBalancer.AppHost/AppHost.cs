// The load balancer, the backends behind it, and the dashboard.
// LoadBalancer.Aspire.Hosting has what is added to Aspire for that, Publishing/ the way to Docker Compose, Hosting/ how the program starts and ends.
try
{
    var builder = AppHostBuilder.Create(args);
    var settings = builder.Configuration;
    var ports = FixedPorts.Read(builder);

    // dotnet run --project LoadBalancer.AppHost -- --operation publish --output-path out
    builder.AddDockerComposeEnvironment("compose");

    var proxy = builder.AddProject<Projects.LoadBalancer_Proxy>("proxy", launchProfileName: null)
        .AsLoadBalancer(ports.Proxy, ports.Admin)
        .WithEnvironment("LoadBalancer__ShutdownTimeout", "5s")
        .DisableForwardedHeaders()
        .AsComposeService($"http://localhost:{ports.Admin}/health")
        .InDevelopment();

    var count = settings.WholeNumber("Replicas", fallback: 3, lowest: 0, highest: 100);
    var backends = builder.AddReplicas(
        "backend",
        count,
        name => builder.AddProject<Projects.LoadBalancer_Backend>(name, launchProfileName: null),
        backend => backend
            .WithHttpHealthCheck("/health")
            .WithFaultCommands()
            .AsComposeService("http://localhost:$$HTTP_PORTS/health")
            .InDevelopment());

    proxy.WithCluster(backends, cluster =>
    {
        cluster.Policy = "RoundRobin";
        cluster.HealthPath = "/health";
        cluster.HealthInterval = "2s";
        cluster.HealthFall = 2;
        cluster.HealthRise = 1;
    });

    builder.AddStartupSummary(proxy, backends);
    return await builder.Build().RunToEndAsync(ports);
}
catch (DistributedApplicationException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
