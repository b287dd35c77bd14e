using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

/// <summary>A forwarder that does what the test says for each destination, in place of the wire.</summary>
internal sealed class ScriptedForwarder(Func<HttpContext, string, Sent> send) : IHttpForwarder
{
    private readonly List<string> _asked = [];

    /// <summary>The destinations asked, one after the other, by their host.</summary>
    public string Asked => string.Join(' ', _asked);

    /// <summary>What was read of the request's body by each attempt.</summary>
    public List<string> Bodies { get; } = [];

    public async ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer)
    {
        var host = new Uri(destinationPrefix).Host;
        _asked.Add(host);
        using var body = new StreamReader(context.Request.Body, leaveOpen: true);
        Bodies.Add(await body.ReadToEndAsync());
        var (error, cause, status) = send(context, host);
        context.Response.StatusCode = status;
        if (error != ForwarderError.None)
        {
            context.Features.Set<IForwarderErrorFeature>(new Failure(error, cause));
        }

        return error;
    }

    private sealed class Failure(ForwarderError error, Exception? exception) : IForwarderErrorFeature
    {
        public ForwarderError Error => error;

        public Exception? Exception => exception;
    }
}

/// <summary>How one attempt ended.</summary>
internal sealed record Sent(ForwarderError Error, Exception? Cause, int Status)
{
    public static readonly Sent Ok = new(ForwarderError.None, null, 200);

    public static readonly Sent Refused = new(ForwarderError.Request, new HttpRequestException(HttpRequestError.ConnectionError), 502);

    public static readonly Sent Broken = new(ForwarderError.Request, new IOException("The connection was reset."), 502);

    public static readonly Sent TooSlow = new(ForwarderError.RequestTimedOut, null, 504);

    public static readonly Sent Nonsense = new(ForwarderError.Request, new HttpRequestException(HttpRequestError.InvalidResponse), 502);

    public static readonly Sent Unavailable = new(ForwarderError.None, null, 503);

    public static readonly Sent Left = new(ForwarderError.RequestCanceled, new OperationCanceledException(), 502);
}
