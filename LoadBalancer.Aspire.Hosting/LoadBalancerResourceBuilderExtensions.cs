using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Adds a load balancer to an application: the program that runs it, and the clusters it balances over.</summary>
public static class LoadBalancerResourceBuilderExtensions
{
    private const string Http = "http";
    private const string Admin = "admin";

    /// <summary>Makes a resource that runs the proxy the load balancer of the application: its endpoints, its admin API, and in the dashboard its destinations.</summary>
    /// <param name="proxy">The resource: a project, or an executable.</param>
    /// <param name="port">Where clients call; by default a free port.</param>
    /// <param name="adminPort">Where the operator calls; by default a free port.</param>
    /// <exception cref="ArgumentOutOfRangeException">A port is none, from 1 to 65535.</exception>
    public static IResourceBuilder<T> AsLoadBalancer<T>(this IResourceBuilder<T> proxy, int? port = null, int? adminPort = null)
        where T : IResourceWithEndpoints, IResourceWithEnvironment
    {
        ThrowIfNoPort(port, nameof(port));
        ThrowIfNoPort(adminPort, nameof(adminPort));

        // Unproxied: in front of a load balancer nothing may balance, and one that is stopped must refuse connections instead of letting them hang.
        proxy.WithHttpEndpoint(port: port, name: Http, isProxied: false)
            .WithHttpEndpoint(port: adminPort, name: Admin, isProxied: false)
            .WithEndpoint(Http, endpoint => endpoint.IsExternal = true)
            .WithHttpHealthCheck("/health", endpointName: Admin)
            .WithUrlForEndpoint(Http, url => url.DisplayText = "Load balancer")
            .WithUrlForEndpoint(Admin, url => url.DisplayText = "Admin page");

        // In a container localhost would be reachable from nowhere else; on a desk nobody else has business here.
        var host = proxy.ApplicationBuilder.ExecutionContext.IsRunMode ? "localhost" : "*";
        var admin = proxy.GetEndpoint(Admin);
        proxy.WithEnvironment("LoadBalancer__Listeners__http__Url", $"http://{host}:{proxy.GetEndpoint(Http).Property(EndpointProperty.TargetPort)}")
            .WithEnvironment("LoadBalancer__Admin__Url", $"http://localhost:{admin.Property(EndpointProperty.TargetPort)}");

        if (proxy.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            proxy.ApplicationBuilder.Services.AddSingleton<IHostedService>(services =>
                ActivatorUtilities.CreateInstance<DestinationFeed>(services, proxy.Resource, admin, TimeProvider.System));
        }

        return proxy;
    }

    /// <summary>Lets the load balancer balance over replicas, as a cluster of their name.</summary>
    /// <param name="proxy">The load balancer.</param>
    /// <param name="replicas">What serves the requests. There may be none: then every request is answered 503.</param>
    /// <param name="configure">Says how the cluster is balanced and probed, where the defaults are not right.</param>
    public static IResourceBuilder<T> WithCluster<T, TDestination>(this IResourceBuilder<T> proxy, Replicas<TDestination> replicas, Action<ClusterSettings>? configure = null)
        where T : IResourceWithEndpoints, IResourceWithEnvironment
        where TDestination : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(replicas);
        return proxy.WithCluster(replicas.Name, replicas, configure);
    }

    /// <summary>Lets the load balancer send requests to one resource, as a cluster of its name.</summary>
    /// <param name="proxy">The load balancer.</param>
    /// <param name="destination">What serves the requests.</param>
    /// <param name="configure">Says how the cluster is balanced and probed, where the defaults are not right.</param>
    /// <exception cref="DistributedApplicationException">It has replicas that cannot be told apart.</exception>
    public static IResourceBuilder<T> WithCluster<T, TDestination>(this IResourceBuilder<T> proxy, IResourceBuilder<TDestination> destination, Action<ClusterSettings>? configure = null)
        where T : IResourceWithEndpoints, IResourceWithEnvironment
        where TDestination : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(destination);
        return proxy.WithCluster(destination.Resource.Name, [destination], configure);
    }

    /// <summary>Lets the load balancer balance over these resources: as the service <paramref name="name"/>, one address each.</summary>
    /// <param name="proxy">The load balancer.</param>
    /// <param name="name">Name of the cluster, of its service, and of its destinations, which are counted: <c>backend-1</c>, <c>backend-2</c>.</param>
    /// <param name="destinations">What serves the requests, in the order of their turns. There may be none: then every request is answered 503.</param>
    /// <param name="configure">Says how the cluster is balanced and probed, where the defaults are not right.</param>
    /// <exception cref="DistributedApplicationException">One has replicas that cannot be told apart, or there is a cluster of this name.</exception>
    public static IResourceBuilder<T> WithCluster<T, TDestination>(
        this IResourceBuilder<T> proxy, string name, IReadOnlyList<IResourceBuilder<TDestination>> destinations, Action<ClusterSettings>? configure = null)
        where T : IResourceWithEndpoints, IResourceWithEnvironment
        where TDestination : IResourceWithEndpoints
    {
        foreach (var destination in destinations)
        {
            if (destination.Resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault() is { Replicas: > 1 } hidden)
            {
                throw new DistributedApplicationException(
                    $"'{destination.Resource.Name}' has {hidden.Replicas} replicas behind one address of the host's own proxy: add them with AddReplicas, which gives each its own, instead of WithReplicas");
            }
        }

        // Names of environment variables are all that is told, and the second would take the place of the first, address by address.
        if (proxy.Resource.Annotations.OfType<ClusterAnnotation>().Any(cluster => cluster.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException($"'{proxy.Resource.Name}' has a cluster '{name}' already: give the other one a name of its own, or give both to WithCluster as one list");
        }

        proxy.WithAnnotation(new ClusterAnnotation(name));
        var settings = new ClusterSettings();
        configure?.Invoke(settings);
        if (destinations.Count == 0)
        {
            // A cluster of which nothing is said would not be there.
            settings.Policy ??= "RoundRobin";
        }

        var cluster = $"LoadBalancer__Clusters__{name}";
        foreach (var (key, value) in settings.Keys())
        {
            proxy.WithEnvironment($"{cluster}__{key}", value);
        }

        for (var n = 0; n < destinations.Count; n++)
        {
            proxy.WithEnvironment($"services__{name}__http__{n}", destinations[n].GetEndpoint(settings.EndpointName))
                .WithReferenceRelationship(destinations[n].Resource);
        }

        proxy.ApplicationBuilder.Eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            MustHaveEndpoint(proxy.Resource, name, destinations, settings.EndpointName);
            return Task.CompletedTask;
        });

        return destinations.Count == 0 ? proxy : proxy.WithEnvironment($"{cluster}__Destinations__{name}__Address", $"http://{name}");
    }

    // Not earlier: they may get it after they were named.
    private static void MustHaveEndpoint<T>(IResource proxy, string cluster, IReadOnlyList<IResourceBuilder<T>> destinations, string endpoint)
        where T : IResourceWithEndpoints
    {
        foreach (var destination in destinations)
        {
            if (!destination.GetEndpoint(endpoint).Exists)
            {
                var others = string.Join(", ", destination.Resource.GetEndpoints().Select(other => other.EndpointName));
                throw new DistributedApplicationException(
                    $"'{destination.Resource.Name}' has no endpoint '{endpoint}', which cluster '{cluster}' of '{proxy.Name}' sends to: it has {(others.Length > 0 ? others : "none")}. Another is named by EndpointName.");
            }
        }
    }

    private static void ThrowIfNoPort(int? port, string name)
    {
        if (port is < 1 or > 65535)
        {
            throw new ArgumentOutOfRangeException(name, port, "A port is from 1 to 65535.");
        }
    }

    /// <summary>A cluster that the load balancer has.</summary>
    private sealed record ClusterAnnotation(string Name) : IResourceAnnotation;
}
