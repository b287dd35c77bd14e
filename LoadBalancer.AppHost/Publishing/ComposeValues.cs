using System.Globalization;

namespace Aspire.Hosting.Docker;

/// <summary>Writes values for a compose file: services call each other by name, and ports that nobody has chosen are left to the <c>.env</c> file.</summary>
internal sealed class ComposeValues(Placeholders placeholders)
{
    /// <summary>A value of the model as the compose file says it.</summary>
    /// <exception cref="DistributedApplicationException">The value is of a type that only another publisher understands.</exception>
    public string Write(object value) => value switch
    {
        string text => text,
        EndpointReference endpoint => Write(endpoint, EndpointProperty.Url),
        EndpointReferenceExpression part => Write(part.Endpoint, part.Property),
        ReferenceExpression expression => string.Format(CultureInfo.InvariantCulture, expression.Format, [.. expression.ValueProviders.Select(Write)]),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new DistributedApplicationException($"a value of type {value.GetType().Name} cannot be published to Docker Compose."),
    };

    /// <summary>The port that the program listens on inside its container.</summary>
    public string InsidePort(IResource resource, EndpointAnnotation endpoint) =>
        endpoint.TargetPort?.ToString(CultureInfo.InvariantCulture) ?? placeholders.Port(resource);

    private string Write(EndpointReference reference, EndpointProperty property)
    {
        var (scheme, host) = (reference.Scheme, reference.Resource.Name.ToLowerInvariant());
        var port = InsidePort(reference.Resource, reference.EndpointAnnotation);
        return property switch
        {
            EndpointProperty.Url => $"{scheme}://{host}:{port}",
            EndpointProperty.Host => host,
            EndpointProperty.Port or EndpointProperty.TargetPort => port,
            EndpointProperty.Scheme => scheme,
            EndpointProperty.HostAndPort => $"{host}:{port}",
            _ => throw new DistributedApplicationException($"the endpoint property {property} cannot be published to Docker Compose."),
        };
    }
}
