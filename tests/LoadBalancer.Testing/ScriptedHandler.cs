namespace LoadBalancer.Testing;

/// <summary>A wire that answers as the test says, and remembers what it was asked.</summary>
public sealed class ScriptedHandler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly List<Uri> _asked = [];

    /// <summary>A wire that answers every request with this status.</summary>
    public ScriptedHandler(System.Net.HttpStatusCode status) : this((_, _) => Task.FromResult(new HttpResponseMessage(status)))
    {
    }

    /// <summary>The addresses asked for, in order.</summary>
    public IReadOnlyList<Uri> Asked
    {
        get
        {
            lock (_lock)
            {
                return [.. _asked];
            }
        }
    }

    /// <inheritdoc />
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _asked.Add(request.RequestUri!);
        }

        return answer(request, cancellationToken);
    }
}
