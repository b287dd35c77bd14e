using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>The body of a request, over all its attempts.</summary>
internal abstract class RequestBody : IAsyncDisposable
{
    /// <summary>Whether a further attempt can send it from its start.</summary>
    public abstract bool CanReplay { get; }

    /// <summary>Whether all of it is there to be sent again.</summary>
    public virtual bool IsWhole => false;

    /// <summary>Whether it is the client that keeps it from going on.</summary>
    public abstract bool IsWaitingForClient { get; }

    /// <summary>Why it could not be read from the client; null when it could.</summary>
    public Exception? Fault { get; protected set; }

    /// <summary>The status that the web server found such a fault worthy of: too large, too slow, malformed.</summary>
    public int FaultStatus
    {
        get
        {
            for (var cause = Fault; cause is not null; cause = cause.InnerException)
            {
                if (cause is BadHttpRequestException bad)
                {
                    return bad.StatusCode;
                }
            }

            return StatusCodes.Status400BadRequest;
        }
    }

    /// <summary>The body of a request, or null when it has none.</summary>
    /// <param name="context">The request.</param>
    /// <param name="content">What the forwarder reads it with.</param>
    /// <param name="isRepeatable">Whether it may be sent more than once.</param>
    /// <param name="moved">Is called for each piece that the client has sent.</param>
    public static RequestBody? Of(HttpContext context, HttpContent? content, bool isRepeatable, Action moved) =>
        content is null ? null
        : isRepeatable && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } ? new PumpedBody(content, moved)
        : new DirectBody(content, moved);

    /// <summary>The content for one further attempt. Those made before do not get anything any more.</summary>
    public abstract HttpContent NextContent();

    /// <summary>The content for an attempt beside the one that has the last content. The body must be whole.</summary>
    public virtual HttpContent CopyContent() => throw new NotSupportedException("This body is sent once.");

    /// <summary>The answer has begun: from now on nobody wants the body when the last attempt does not.</summary>
    public virtual void Bind()
    {
    }

    /// <summary>Ends the reading. When it has ended, nobody reads from the client any more: the web server goes on to the next request.</summary>
    public abstract ValueTask DisposeAsync();
}
