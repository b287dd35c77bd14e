using Aspire.Hosting.ApplicationModel;
using LoadBalancer.EmbeddedHost.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

/// <content>Commands and addresses for the users of the dashboard.</content>
public static partial class ResourceBuilderExtensions
{
    /// <summary>Adds a command that sends a request to the resource; it can be given while the resource runs.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="path">The path of the request, without a query.</param>
    /// <param name="displayName">The name that people see.</param>
    /// <param name="endpointName">Where to send it; default <c>http</c>.</param>
    /// <param name="commandName">The name that programs use.</param>
    /// <param name="commandOptions">The rest.</param>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(
        this IResourceBuilder<TResource> builder,
        string path,
        string displayName,
        string? endpointName = null,
        string? commandName = null,
        HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = commandOptions ?? new HttpCommandOptions();
        var method = options.Method ?? HttpMethod.Post;
        var endpoint = builder.GetEndpoint(endpointName ?? "http");
        return builder.WithAnnotation(new ResourceCommandAnnotation(
            commandName ?? $"{builder.Resource.Name}-{endpoint.EndpointName}-http-{method.Method.ToLowerInvariant()}-{path}",
            displayName,
            context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
            context => SendAsync(context, endpoint, path, method, options),
            options.Description,
            options.ConfirmationMessage,
            options.IconName,
            options.IsHighlighted));
    }

    /// <summary>Changes how the address of an endpoint is shown.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="endpointName">Name of the endpoint.</param>
    /// <param name="callback">Changes it; called once, when the address is known.</param>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(
        this IResourceBuilder<T> builder,
        string endpointName,
        Action<ResourceUrlAnnotation> callback)
        where T : IResource =>
        builder.WithAnnotation(new EndpointUrlAnnotation(endpointName, callback));

    /// <summary>Adds an address for people.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="url">The address, with parts that are known when the application runs.</param>
    /// <param name="displayText">The text in its place.</param>
    public static IResourceBuilder<T> WithUrl<T>(
        this IResourceBuilder<T> builder,
        in ReferenceExpression.ExpressionInterpolatedStringHandler url,
        string? displayText = null)
        where T : IResource =>
        builder.WithAnnotation(new LaterUrlAnnotation(ReferenceExpression.Create(url), displayText));

    private static async Task<ExecuteCommandResult> SendAsync(
        ExecuteCommandContext context,
        EndpointReference endpoint,
        string path,
        HttpMethod method,
        HttpCommandOptions options)
    {
        using var client = context.Services.GetRequiredService<IHttpClientFactory>().CreateLocalClient();
        using var request = new HttpRequestMessage(method, new UriBuilder(endpoint.Url) { Path = path }.Uri);
        if (options.PrepareRequest is { } prepare)
        {
            await prepare(new HttpCommandRequestContext
            {
                ResourceName = context.ResourceName,
                Endpoint = endpoint,
                CancellationToken = context.CancellationToken,
                Request = request,
            });
        }

        using var response = await client.SendAsync(request, context.CancellationToken);
        return response.IsSuccessStatusCode
            ? CommandResults.Success()
            : CommandResults.Failure($"Request failed with status code {(int)response.StatusCode}");
    }
}

internal sealed record EndpointUrlAnnotation(string EndpointName, Action<ResourceUrlAnnotation> Change) : IResourceAnnotation;

internal sealed record LaterUrlAnnotation(ReferenceExpression Url, string? DisplayText) : IResourceAnnotation;
