namespace Aspire.Hosting.ApplicationModel;

/// <summary>How a command is shown.</summary>
public class CommandOptions
{
    /// <summary>What it does, in a sentence.</summary>
    public string? Description { get; set; }

    /// <summary>A question to ask before.</summary>
    public string? ConfirmationMessage { get; set; }

    /// <summary>Name of a Fluent icon.</summary>
    public string? IconName { get; set; }

    /// <summary>Whether it deserves a button of its own.</summary>
    public bool IsHighlighted { get; set; }
}

/// <summary>How a command that is an HTTP request is shown and sent.</summary>
public class HttpCommandOptions : CommandOptions
{
    /// <summary>Method of the request; default POST.</summary>
    public HttpMethod? Method { get; set; }

    /// <summary>Has the last word on the request.</summary>
    public Func<HttpCommandRequestContext, Task>? PrepareRequest { get; set; }
}

/// <summary>The request of a command before it is sent.</summary>
public sealed class HttpCommandRequestContext
{
    /// <summary>Name of the resource.</summary>
    public required string ResourceName { get; init; }

    /// <summary>Where the request goes.</summary>
    public required EndpointReference Endpoint { get; init; }

    /// <summary>The request.</summary>
    public required HttpRequestMessage Request { get; init; }

    /// <summary>Ends when the command is given up.</summary>
    public required CancellationToken CancellationToken { get; init; }
}

/// <summary>An address for people.</summary>
public sealed class ResourceUrlAnnotation : IResourceAnnotation
{
    /// <summary>The address.</summary>
    public required string Url { get; set; }

    /// <summary>The text in its place.</summary>
    public string? DisplayText { get; set; }

    /// <summary>The endpoint that it belongs to, if to one.</summary>
    public EndpointReference? Endpoint { get; init; }
}
