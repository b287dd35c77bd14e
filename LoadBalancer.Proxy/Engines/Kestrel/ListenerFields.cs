namespace LoadBalancer.Proxy.Engines.Kestrel;

/// <summary>
/// The fields that listeners add: the subject of a client's certificate for the destinations, and <c>Strict-Transport-Security</c> for the clients.
/// Before everything else of a request, so that routes see the one and refusals have the other.
/// </summary>
internal sealed class ListenerFields
{
    private volatile string[] _subjectHeaders = [];
    private volatile bool _isNeeded;

    /// <summary>Whether a listener adds or removes any.</summary>
    public bool IsNeeded => _isNeeded;

    /// <summary>Takes the listeners that there are now.</summary>
    public void Serve(IReadOnlyList<Listener> listeners)
    {
        _subjectHeaders = [.. listeners.Select(listener => listener.Tls?.SubjectHeader).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)];
        _isNeeded = _subjectHeaders.Length > 0 || listeners.Any(listener => listener.Tls?.Hsts is not null);
    }

    /// <summary>Prepares a request and its answer.</summary>
    public void Apply(HttpContext context)
    {
        // Over whichever listener it comes: a destination cannot tell by which.
        foreach (var header in _subjectHeaders)
        {
            context.Request.Headers.Remove(header);
        }

        if (context.Features.Get<ListenerEndpoint>()?.Tls is not { } tls)
        {
            return;
        }

        if (tls.SubjectHeader is { } name && context.Connection.ClientCertificate is { } certificate)
        {
            context.Request.Headers[name] = ListenerTls.SubjectOf(certificate);
        }

        if (tls.Hsts is { } hsts)
        {
            // As the head goes out: whatever a destination says of it, or a refusal begins anew, this is the proxy's to say.
            context.Response.OnStarting(
                static state =>
                {
                    var (response, value) = ((HttpResponse, string))state;
                    response.Headers.StrictTransportSecurity = value;
                    return Task.CompletedTask;
                },
                (context.Response, hsts));
        }
    }
}
