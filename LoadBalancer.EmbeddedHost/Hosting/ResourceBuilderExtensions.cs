using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using LoadBalancer.EmbeddedHost.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>What can be said about resources.</summary>
public static partial class ResourceBuilderExtensions
{
    /// <summary>Adds an HTTP endpoint.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="port">The port that others connect to; null lets the host find a free one, which stays over stop and start.</param>
    /// <param name="targetPort">The port that the program listens on.</param>
    /// <param name="name">Name of the endpoint; default <c>http</c>.</param>
    /// <param name="env">A variable that tells the program its port.</param>
    /// <param name="isProxied">Whether the host may stand between. This host never does.</param>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder,
        int? port = null,
        int? targetPort = null,
        string? name = null,
        string? env = null,
        bool? isProxied = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        var endpoint = new EndpointAnnotation(ProtocolType.Tcp, "http", name: name, port: port, targetPort: targetPort, isProxied: isProxied);
        if (builder.GetEndpoint(endpoint.Name).Exists)
        {
            throw new DistributedApplicationException(
                $"Endpoint with name '{endpoint.Name}' already exists on resource '{builder.Resource.Name}'.");
        }

        builder.WithAnnotation(endpoint);
        if (env is not null)
        {
            var reference = builder.GetEndpoint(endpoint.Name);
            builder.WithAnnotation(new EnvironmentCallbackAnnotation(context =>
            {
                context.EnvironmentVariables[env] = reference.Property(EndpointProperty.TargetPort);
                return Task.CompletedTask;
            }));
        }
        return builder;
    }

    /// <summary>Changes an endpoint, or adds one.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="endpointName">Name of the endpoint.</param>
    /// <param name="callback">Gets the endpoint as it is.</param>
    /// <param name="createIfNotExists">Whether an endpoint that is not there is added; otherwise nothing happens.</param>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder,
        string endpointName,
        Action<EndpointAnnotation> callback,
        bool createIfNotExists = true)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(callback);
        var reference = builder.GetEndpoint(endpointName);
        if (reference.Exists)
        {
            callback(reference.EndpointAnnotation);
        }
        else if (createIfNotExists)
        {
            var endpoint = new EndpointAnnotation(ProtocolType.Tcp, name: endpointName);
            callback(endpoint);
            builder.WithAnnotation(endpoint);
        }

        return builder;
    }

    /// <summary>Points at an endpoint.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints =>
        new(builder.Resource, name);

    /// <summary>Sets a variable; a null leaves it empty.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment =>
        builder.WithVariable(name, value ?? string.Empty);

    /// <summary>Sets a variable to a text with parts that are known when the application runs.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(
        this IResourceBuilder<T> builder,
        string name,
        in ReferenceExpression.ExpressionInterpolatedStringHandler value)
        where T : IResourceWithEnvironment =>
        builder.WithVariable(name, ReferenceExpression.Create(value));

    /// <summary>Sets variables by a callback that runs at each start.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Action<EnvironmentCallbackContext> callback)
        where T : IResourceWithEnvironment =>
        builder.WithAnnotation(new EnvironmentCallbackAnnotation(context =>
        {
            callback(context);
            return Task.CompletedTask;
        }));

    /// <summary>
    /// Tells a resource the addresses of another under a service name: <c>services__{name}__{scheme}__{n}</c>. Several resources under
    /// one name get the numbers 0, 1, 2 in the order of the calls.
    /// </summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithServiceDiscovery> source,
        string name)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(source);
        builder.WithAnnotation(new ResourceRelationshipAnnotation(source.Resource, KnownRelationshipTypes.Reference));
        return builder.WithEnvironment(context => ProjectEnvironment.AddReference(context, source.Resource, name));
    }

    /// <summary>Shows the resource under another.</summary>
    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> parent)
        where T : IResource =>
        builder.WithAnnotation(new ResourceRelationshipAnnotation(parent.Resource, KnownRelationshipTypes.Parent));

    /// <summary>Takes a registered health check as speaking for the resource.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="key">The name under which the check is registered.</param>
    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key) where T : IResource
    {
        if (builder.Resource.Annotations.OfType<HealthCheckAnnotation>().Any(check => check.Key == key))
        {
            throw new DistributedApplicationException($"Resource '{builder.Resource.Name}' already has a health check with key '{key}'.");
        }
        return builder.WithAnnotation(new HealthCheckAnnotation(key));
    }

    /// <summary>Asks the resource over HTTP how it is; promptly, every second.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="path">What to ask for; default <c>/</c>.</param>
    /// <param name="statusCode">The answer of a healthy resource; default 200.</param>
    /// <param name="endpointName">Where to ask; default <c>http</c>.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder,
        string? path = null,
        int? statusCode = null,
        string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        var endpoint = builder.GetEndpoint(endpointName ?? "http");
        if (!endpoint.Exists)
        {
            throw new DistributedApplicationException(
                $"The endpoint '{endpoint.EndpointName}' does not exist on the resource '{builder.Resource.Name}'.");
        }

        var expectedPath = path ?? "/";
        var expectedStatus = statusCode ?? 200;
        var key = $"{builder.Resource.Name}_{endpoint.EndpointName}_{expectedPath}_{expectedStatus}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            key,
            services => new EndpointHealthCheck(endpoint, expectedPath, expectedStatus, services.GetRequiredService<IHttpClientFactory>()),
            failureStatus: null,
            tags: null));
        return builder.WithHealthCheck(key);
    }

    private static IResourceBuilder<T> WithVariable<T>(this IResourceBuilder<T> builder, string name, object value)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return builder.WithAnnotation(new EnvironmentCallbackAnnotation(context =>
        {
            context.EnvironmentVariables[name] = value;
            return Task.CompletedTask;
        }));
    }
}
