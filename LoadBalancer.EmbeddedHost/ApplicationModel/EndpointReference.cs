using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Points at an endpoint of a resource, whose address is known once the application starts.</summary>
/// <param name="owner">The resource.</param>
/// <param name="endpointName">Name of the endpoint.</param>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IManifestExpressionProvider, IValueProvider
{
    /// <summary>The resource that serves the endpoint.</summary>
    public IResourceWithEndpoints Resource { get; } = owner;

    /// <summary>Name of the endpoint.</summary>
    public string EndpointName { get; } = endpointName;

    /// <summary>Whether the resource has an endpoint of that name.</summary>
    public bool Exists => Find() is not null;

    /// <summary>Whether the address is known.</summary>
    public bool IsAllocated => Find()?.AllocatedEndpoint is not null;

    /// <summary>The description of the endpoint.</summary>
    /// <exception cref="InvalidOperationException">The resource has no endpoint of that name.</exception>
    public EndpointAnnotation EndpointAnnotation =>
        Find() ?? throw new InvalidOperationException($"The endpoint '{EndpointName}' does not exist on the resource '{Resource.Name}'.");

    /// <summary>Scheme of the address.</summary>
    public string Scheme => EndpointAnnotation.UriScheme;

    /// <summary>Host of the address.</summary>
    public string Host => Allocated.Address;

    /// <summary>Port of the address.</summary>
    public int Port => Allocated.Port;

    /// <summary>The port that the program listens on.</summary>
    public int? TargetPort => EndpointAnnotation.TargetPort;

    /// <summary>Scheme, host and port.</summary>
    public string Url => Allocated.UriString;

    /// <summary>How a manifest refers to the address.</summary>
    public string ValueExpression => $"{{{Resource.Name}.bindings.{EndpointName}.url}}";

    private AllocatedEndpoint Allocated =>
        EndpointAnnotation.AllocatedEndpoint
        ?? throw new InvalidOperationException($"The endpoint '{EndpointName}' of the resource '{Resource.Name}' has no address yet.");

    /// <summary>One part of the address, as a value for environment variables.</summary>
    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    /// <inheritdoc />
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(Url);

    private EndpointAnnotation? Find() => Resource.Annotations
        .OfType<EndpointAnnotation>()
        .FirstOrDefault(endpoint => string.Equals(endpoint.Name, EndpointName, StringComparison.OrdinalIgnoreCase));
}

/// <summary>One part of the address of an endpoint.</summary>
/// <param name="endpointReference">The endpoint.</param>
/// <param name="property">Which part.</param>
public class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property)
    : IManifestExpressionProvider, IValueProvider
{
    /// <summary>The endpoint.</summary>
    public EndpointReference Endpoint { get; } = endpointReference;

    /// <summary>Which part.</summary>
    public EndpointProperty Property { get; } = property;

    /// <summary>How a manifest refers to the part.</summary>
    public string ValueExpression =>
        $"{{{Endpoint.Resource.Name}.bindings.{Endpoint.EndpointName}.{Property.ToString().ToLowerInvariant()}}}";

    /// <inheritdoc />
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(Property switch
    {
        EndpointProperty.Url => Endpoint.Url,
        EndpointProperty.Host => Endpoint.Host,
        EndpointProperty.Port => Endpoint.Port.ToString(CultureInfo.InvariantCulture),
        EndpointProperty.Scheme => Endpoint.Scheme,
        EndpointProperty.TargetPort => (Endpoint.TargetPort ?? Endpoint.Port).ToString(CultureInfo.InvariantCulture),
        EndpointProperty.HostAndPort => $"{Endpoint.Host}:{Endpoint.Port}",
        _ => throw new InvalidOperationException($"The embedded host does not know the endpoint property {Property}."),
    });
}

/// <summary>The parts of an address.</summary>
public enum EndpointProperty
{
    /// <summary>Scheme, host and port.</summary>
    Url = 0,

    /// <summary>Host name or IP address.</summary>
    Host = 1,

    /// <summary>The port that others connect to.</summary>
    Port = 3,

    /// <summary>Scheme.</summary>
    Scheme = 4,

    /// <summary>The port that the program listens on.</summary>
    TargetPort = 5,

    /// <summary>Host and port.</summary>
    HostAndPort = 6,
}

/// <summary>A value that is known when the application runs.</summary>
public interface IValueProvider
{
    /// <summary>The value.</summary>
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

/// <summary>A value that can be written down in a manifest before it is known.</summary>
public interface IManifestExpressionProvider
{
    /// <summary>How a manifest refers to the value.</summary>
    string ValueExpression { get; }
}
