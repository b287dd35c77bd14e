using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace LoadBalancer.Proxy.Discovery;

/// <summary>The two calls to the API server of Kubernetes that finding endpoints takes: list and watch.</summary>
internal sealed class KubernetesApi : IDisposable
{
    /// <summary>How long a watch lasts before the server ends it.</summary>
    public static readonly TimeSpan WatchTime = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    private readonly KubernetesAccess _access;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;
    private readonly string _path;

    /// <param name="access">How the server is reached.</param>
    /// <param name="service">The service whose slices are asked for.</param>
    /// <param name="time">The clock.</param>
    public KubernetesApi(KubernetesAccess access, string service, TimeProvider time)
    {
        (_access, _time) = (access, time);
        _path = $"apis/discovery.k8s.io/v1/namespaces/{access.Namespace}/endpointslices?labelSelector={Uri.EscapeDataString($"kubernetes.io/service-name={service}")}";
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = WatchTime,

            // A watch is silent for minutes; this tells a server that has gone from one that has nothing to say.
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = access.Authorities?.CreateChainPolicy() },
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
    }

    /// <summary>All slices of the service, with the version that a watch begins at.</summary>
    /// <exception cref="KubernetesException">The server says no.</exception>
    public async Task<SliceList> ListAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ListTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var response = await SendAsync(_path, either.Token);
        await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
        return await JsonSerializer.DeserializeAsync(stream, KubernetesJson.Default.SliceList, either.Token) ?? throw new KubernetesException("the list is empty");
    }

    /// <summary>What happens to the slices from a version on, until the server ends it.</summary>
    /// <exception cref="KubernetesException">The server says no; with 410 it does not know the version any more.</exception>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(string version, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Where there are no pings, over HTTP/1.1, a dead connection is noticed when the time of the watch is well over.
        using var limit = new CancellationTokenSource(WatchTime + ListTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var response = await SendAsync(
            $"{_path}&watch=true&allowWatchBookmarks=true&timeoutSeconds={WatchTime.TotalSeconds:0}&resourceVersion={Uri.EscapeDataString(version)}", either.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(either.Token));
        while (await reader.ReadLineAsync(either.Token) is { } line)
        {
            if (line.Length > 0 && JsonSerializer.Deserialize(line, KubernetesJson.Default.WatchEvent) is { } change)
            {
                if (change.Type == "ERROR")
                {
                    var status = change.Object.Deserialize(KubernetesJson.Default.KubernetesStatus);
                    throw new KubernetesException(status?.Message ?? "the watch has failed") { Status = status?.Code ?? 0 };
                }

                yield return change;
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> SendAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{_access.Url!.AbsoluteUri.TrimEnd('/')}/{path}"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (_access.TokenFile is { } file)
        {
            // Tokens of service accounts last for an hour, and the file has a new one before that.
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(file, cancellationToken)).Trim());
        }

        var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw new KubernetesException($"the API server answered {(int)response.StatusCode}{await ExplainAsync(response, cancellationToken)}") { Status = (int)response.StatusCode };
        }
    }

    // Of what it says: who may not do what.
    private static async Task<string> ExplainAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var status = JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(cancellationToken), KubernetesJson.Default.KubernetesStatus);
            return status?.Message is { Length: > 0 } message ? $": {message}" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}

/// <summary>The API server does not do what it was asked for.</summary>
internal sealed class KubernetesException(string message) : Exception(message)
{
    /// <summary>The status of its answer.</summary>
    public int Status { get; init; }
}
