using Microsoft.Extensions.Configuration;

Console.WriteLine($"LoadBalancer on {typeof(DistributedApplication).Assembly.GetName().Name}");

var builder = DistributedApplication.CreateBuilder(args);
var settings = builder.Configuration;

// dotnet run --project LoadBalancer.AppHost -- --operation publish --step publish --output-path out
builder.AddDockerComposeEnvironment("compose");

// Tests ask for ports that are free. The host randomises only endpoints behind its own proxy, which ours never are.
var fixedPorts = !settings.GetValue<bool>("DcpPublisher:RandomizePorts");
int? proxyPort = fixedPorts ? settings.Port("Ports:Proxy", 8080) : null;
int? adminPort = fixedPorts ? settings.Port("Ports:Admin", 9901) : null;

// Unproxied: in front of a load balancer nothing may balance, and a stopped one must refuse connections instead of letting them hang.
// No launch profile: the replicas of one project would all get the same address from it.
var proxy = builder.AddProject<Projects.LoadBalancer_Proxy>("proxy", launchProfileName: null)
    .WithHttpEndpoint(port: proxyPort, name: "http", isProxied: false)
    .WithHttpEndpoint(port: adminPort, name: "admin", isProxied: false)
    .WithEndpoint("http", endpoint => endpoint.IsExternal = true)
    .DisableForwardedHeaders()
    .WithHttpHealthCheck("/health", endpointName: "admin")
    .AsComposeService($"http://localhost:{adminPort}/health")
    .WithLinks();

// In a container localhost would be reachable from nowhere else; on a desk nobody else has business here.
var host = builder.ExecutionContext.IsRunMode ? "localhost" : "*";
proxy
    .WithEnvironment("LoadBalancer__Listeners__http__Url", $"http://{host}:{proxy.GetEndpoint("http").Property(EndpointProperty.TargetPort)}")
    .WithEnvironment("LoadBalancer__Admin__Url", $"http://localhost:{proxy.GetEndpoint("admin").Property(EndpointProperty.TargetPort)}")
    .WithEnvironment("LoadBalancer__ShutdownTimeout", "5s")
    .WithEnvironment("LoadBalancer__Clusters__backend__LoadBalancingPolicy", "RoundRobin")
    .WithEnvironment("LoadBalancer__Clusters__backend__HealthCheck__Active__Enabled", "true")
    .WithEnvironment("LoadBalancer__Clusters__backend__HealthCheck__Active__Path", "/health")
    .WithEnvironment("LoadBalancer__Clusters__backend__HealthCheck__Active__Interval", "2s")
    .WithEnvironment("LoadBalancer__Clusters__backend__HealthCheck__Active__Fall", "2")
    .WithEnvironment("LoadBalancer__Clusters__backend__HealthCheck__Active__Rise", "1");

// Three resources and not WithReplicas(3), which would hide them behind one address of the host's own proxy. One name for all of them
// makes the service name `backend` stand for one address each.
var replicas = settings.WholeNumber("Replicas", fallback: 3, lowest: 0, highest: 100);
for (var n = 1; n <= replicas; n++)
{
    // It calls itself by the name of its resource: OTEL_SERVICE_NAME.
    var backend = builder.AddProject<Projects.LoadBalancer_Backend>($"backend-{n}", launchProfileName: null)
        .WithHttpEndpoint(name: "http", isProxied: false)
        .WithHttpHealthCheck("/health")
        .AsComposeService("http://localhost:$$HTTP_PORTS/health")
        .WithParentRelationship(proxy)
        .WithFaultCommands();
    InDevelopment(backend);
    proxy.WithReference(backend, "backend").WithViewOf(backend.Resource.Name);
}

if (replicas > 0)
{
    proxy.WithEnvironment("LoadBalancer__Clusters__backend__Destinations__backend__Address", "http://backend");
}

InDevelopment(proxy);
builder.Build().Run();

void InDevelopment(IResourceBuilder<ProjectResource> project)
{
    if (builder.ExecutionContext.IsRunMode)
    {
        // The launch profile would have said the first; the second keeps a dashboard that is gone from holding up the end.
        project
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", "Development")
            .WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");
    }
}
