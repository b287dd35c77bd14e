using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>Calls the admin listener of a proxy that runs.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient _client;
    private readonly string _address;
    private readonly TimeSpan _patience;

    /// <param name="address">Where it listens.</param>
    /// <param name="token">Its bearer token, or null.</param>
    /// <param name="patience">How long an answer may take.</param>
    public AdminClient(Uri address, string? token, TimeSpan patience)
    {
        (_address, _patience) = (DestinationAddress.TextOf(address), patience);
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false };
        if (DestinationAddress.SocketOf(address) is { } path)
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(path, cancellationToken);
        }

        _client = new HttpClient(handler) { BaseAddress = address, Timeout = patience };
        _client.DefaultRequestHeaders.Host = DestinationAddress.HostOf(address);
        if (!string.IsNullOrEmpty(token))
        {
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>Calls the API.</summary>
    /// <returns>The JSON that it answers.</returns>
    /// <exception cref="AdminCallException">It could not be done; the message is for the operator.</exception>
    public Task<string> CallAsync(HttpMethod method, string path, string? body = null) => AskAsync(method, path, body, static (client, answer, text) =>
        answer.IsSuccessStatusCode && IsJson(answer) ? text : throw new AdminCallException(client.Explain(answer, text)));

    /// <summary>Whether the proxy says that it is ready for requests.</summary>
    /// <exception cref="AdminCallException">It could not be asked; the message is for the operator.</exception>
    public Task<bool> IsReadyAsync() => AskAsync(HttpMethod.Get, "health", null, static (_, answer, _) => answer.IsSuccessStatusCode);

    private async Task<T> AskAsync<T>(HttpMethod method, string path, string? body, Func<AdminClient, HttpResponseMessage, string, T> read)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, MediaTypeNames.Application.Json);
            using var answer = await _client.SendAsync(request);
            return read(this, answer, await answer.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException exception)
        {
            throw new AdminCallException($"cannot reach the admin listener at {_address} ({Explain(exception)}). Is the proxy running? Another address: --admin", exception);
        }
        catch (TaskCanceledException exception)
        {
            throw new AdminCallException($"the admin listener at {_address} does not answer in {_patience.TotalSeconds:0} s", exception);
        }
    }

    public void Dispose() => _client.Dispose();

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsJson(HttpResponseMessage answer) => answer.Content.Headers.ContentType?.MediaType is MediaTypeNames.Application.Json or "application/problem+json";

    private static string Explain(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "unknown host",
        HttpRequestError.ConnectionError when exception.InnerException is SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => "there is no such socket",
        HttpRequestError.ConnectionError => "connection refused",
        HttpRequestError.SecureConnectionError => "TLS handshake failed",
        _ => "no valid answer",
    };

    private string Explain(HttpResponseMessage answer, string text)
    {
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            return _client.DefaultRequestHeaders.Authorization is null
                ? "the admin listener wants its token: give --token, or set LoadBalancer__Admin__Token"
                : "the admin listener does not know the token that it was given";
        }

        return DetailOf(answer, text)?.TrimEnd('.') ?? $"{_address} does not answer as the admin listener of a load balancer does (status code: {(int)answer.StatusCode})";
    }

    private static string? DetailOf(HttpResponseMessage answer, string text)
    {
        try
        {
            using var problem = IsJson(answer) ? JsonDocument.Parse(text) : null;
            return problem is { RootElement: { ValueKind: JsonValueKind.Object } root } && root.TryGetProperty("detail", out var detail) ? detail.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A call of the admin listener could not be done; the message says why.</summary>
internal sealed class AdminCallException(string message, Exception? inner = null) : Exception(message, inner);
