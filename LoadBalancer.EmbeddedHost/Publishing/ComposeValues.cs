using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace LoadBalancer.EmbeddedHost.Publishing;

/// <summary>Writes values for a compose file: services call each other by name, and ports that nobody has chosen are left to the <c>.env</c> file.</summary>
internal sealed class ComposeValues(Placeholders placeholders)
{
    /// <summary>A value as the compose file says it.</summary>
    public string Write(object value) => value switch
    {
        string text => text,
        EndpointReference endpoint => Write(endpoint, EndpointProperty.Url),
        EndpointReferenceExpression part => Write(part.Endpoint, part.Property),
        ReferenceExpression expression => string.Concat(expression.Parts.Select(Write)),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new DistributedApplicationException($"The embedded host cannot publish a value of type {value.GetType().Name}."),
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
            _ => throw new DistributedApplicationException($"The embedded host cannot publish the endpoint property {property}."),
        };
    }
}

/// <summary>The values that whoever deploys fills in.</summary>
internal sealed class Placeholders
{
    private readonly SortedDictionary<string, string> _comments = new(StringComparer.Ordinal);

    /// <summary>Stands for the image of a resource.</summary>
    public string Image(IResource resource) => Add(resource, "IMAGE", $"Container image name for {resource.Name}");

    /// <summary>Stands for the port that a resource listens on.</summary>
    public string Port(IResource resource) => Add(resource, "PORT", $"Default container port for {resource.Name}");

    /// <summary>Writes the file. What somebody has filled in already stays.</summary>
    public async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        var filledIn = File.Exists(path) ? await ReadAsync(path, cancellationToken) : [];
        var lines = _comments.SelectMany(pair => (string[])[$"# {pair.Value}", $"{pair.Key}={filledIn.GetValueOrDefault(pair.Key)}", ""]);
        await File.WriteAllLinesAsync(path, lines, cancellationToken);
    }

    private static async Task<Dictionary<string, string>> ReadAsync(string path, CancellationToken cancellationToken) =>
        (await File.ReadAllLinesAsync(path, cancellationToken))
            .Where(line => !line.StartsWith('#') && line.Contains('='))
            .ToDictionary(line => line[..line.IndexOf('=')], line => line[(line.IndexOf('=') + 1)..]);

    private string Add(IResource resource, string what, string comment)
    {
        var name = $"{resource.Name.ToUpperInvariant().Replace('-', '_').Replace('.', '_')}_{what}";
        _comments[name] = comment;
        return $"${{{name}}}";
    }
}
