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

    /// <summary>Writes the file. What stands there already stays as it is: values that were filled in, and variables of others.</summary>
    public async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        var there = File.Exists(path) ? await File.ReadAllLinesAsync(path, cancellationToken) : [];
        var known = there.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        var missing = _comments.Where(pair => !known.Contains(pair.Key)).SelectMany(pair => (string[])[$"# {pair.Value}", $"{pair.Key}=", ""]);
        string[] gap = there is [.., { Length: > 0 }] ? [""] : [];
        await File.WriteAllLinesAsync(path, [.. there, .. gap, .. missing], cancellationToken);
    }

    private static string? NameOf(string line) =>
        line.TrimStart().StartsWith('#') || line.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at) ? null : line[..at].Trim();

    private string Add(IResource resource, string what, string comment)
    {
        var name = $"{resource.Name.ToUpperInvariant().Replace('-', '_').Replace('.', '_')}_{what}";
        _comments[name] = comment;
        return $"${{{name}}}";
    }
}
