using System.Net;
using LoadBalancer.Proxy.Engines.Kestrel;
using LoadBalancer.Proxy.Http;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

/// <summary>How a destination behaves.</summary>
internal enum Wire
{
    Ok,
    Refused,
    Broken,
    TooSlow,
    Nonsense,
    Unavailable,
    Left,
}

/// <summary>The wire as the test says, in place of the platform's HTTP client.</summary>
internal sealed class ScriptedWire(ManualTimeProvider clock, Func<string, Wire> behaviour) : HttpMessageHandler
{
    private readonly List<string> _asked = [];

    /// <summary>The destinations asked, one after the other, by their host.</summary>
    public string Asked => string.Join(' ', _asked);

    /// <summary>What each attempt sent of the request's body.</summary>
    public List<string> Bodies { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var host = request.RequestUri!.Host;
        _asked.Add(host);
        var behaves = behaviour(host);
        if (behaves == Wire.Refused)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError);
        }

        // The head goes out, then the body.
        AttemptUri.EncodingOf(RequestId.Header, request);
        Bodies.Add(request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : "");
        switch (behaves)
        {
            case Wire.Broken:
                throw new HttpRequestException("", new IOException("The connection was reset."));
            case Wire.Nonsense:
                throw new HttpRequestException(HttpRequestError.InvalidResponse);
            case Wire.TooSlow:
                clock.Advance(TimeSpan.FromSeconds(100));
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                throw new InvalidOperationException("Nobody cancelled it.");
            case Wire.Left:
                throw new OperationCanceledException();
            default:
                return new HttpResponseMessage(behaves == Wire.Unavailable ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK)
                {
                    Content = new StringContent($"from {host}"),
                    RequestMessage = request,
                    Version = HttpVersion.Version11,
                };
        }
    }
}
