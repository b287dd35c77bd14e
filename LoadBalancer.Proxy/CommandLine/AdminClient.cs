using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>Calls the admin listener of a proxy that runs.</summary>
internal sealed class AdminClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;

    /// <param name="address">Where it listens.</param>
    /// <param name="token">Its bearer token, or null.</param>
    public AdminClient(Uri address, string? token)
    {
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = address, Timeout = Patience };
        if (!string.IsNullOrEmpty(token))
        {
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>Calls the API.</summary>
    /// <returns>The JSON that it answers.</returns>
    /// <exception cref="AdminCallException">It could not be done; the message is for the operator.</exception>
    public async Task<string> CallAsync(HttpMethod method, string path, string? body = null)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, MediaTypeNames.Application.Json);
            using var answer = await _client.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return answer.IsSuccessStatusCode && IsJson(answer) ? text : throw new AdminCallException(Explain(answer, text));
        }
        catch (HttpRequestException exception)
        {
            throw new AdminCallException($"cannot reach the admin listener at {_client.BaseAddress} ({Explain(exception)}). Is the proxy running? Another address: --admin", exception);
        }
        catch (TaskCanceledException exception)
        {
            throw new AdminCallException($"the admin listener at {_client.BaseAddress} does not answer in {Patience.TotalSeconds:0} s", exception);
        }
    }

    public void Dispose() => _client.Dispose();

    private static bool IsJson(HttpResponseMessage answer) => answer.Content.Headers.ContentType?.MediaType is MediaTypeNames.Application.Json or "application/problem+json";

    private static string Explain(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "unknown host",
        HttpRequestError.ConnectionError => "connection refused",
        HttpRequestError.SecureConnectionError => "TLS handshake failed",
        _ => "no valid answer",
    };

    private string Explain(HttpResponseMessage answer, string text)
    {
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            return "the admin listener wants its token: give --token, or set LoadBalancer__Admin__Token";
        }

        return DetailOf(answer, text)?.TrimEnd('.') ?? $"{_client.BaseAddress} does not answer as the admin listener of a load balancer does (status code: {(int)answer.StatusCode})";
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
