using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace LoadBalancer.Proxy.UnitTests.Acme;

/// <summary>An authority as a wire: it goes through an order of one name, and answers as the test says where that says something else.</summary>
internal sealed class ScriptedAuthority : HttpMessageHandler
{
    public const string Directory = "https://ca.example/directory";

    private readonly Queue<(string Path, HttpStatusCode Status, string Body, string? RetryAfter)> _instead = new();
    private readonly List<string> _asked = [];
    private string _order = "pending";
    private byte[]? _request;
    private int _nonce;

    /// <summary>What it was asked, each as method and path.</summary>
    public IReadOnlyList<string> Asked => _asked;

    /// <summary>What it was sent last, at each path.</summary>
    public Dictionary<string, string> Sent { get; } = [];

    /// <summary>Why nobody gets through to it; null when everybody does.</summary>
    public HttpRequestException? Unreachable { get; set; }

    /// <summary>Answers so, once, in its turn at this path.</summary>
    public ScriptedAuthority Instead(string path, HttpStatusCode status, string body, string? retryAfter = null)
    {
        _instead.Enqueue((path, status, body, retryAfter));
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        _asked.Add($"{request.Method} {path}");
        if (Unreachable is not null)
        {
            throw Unreachable;
        }

        var payload = "";
        if (request.Content is { } content)
        {
            var sent = await content.ReadAsStringAsync(cancellationToken);
            Sent[path] = sent;
            using var jws = JsonDocument.Parse(sent);
            payload = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(jws.RootElement.GetProperty("payload").GetString()));
        }

        if (_instead.TryPeek(out var next) && next.Path == path)
        {
            _instead.Dequeue();
            return Answer(next.Status, next.Body, retryAfter: next.RetryAfter);
        }

        return path switch
        {
            "/directory" => Answer(HttpStatusCode.OK, """{"newNonce":"https://ca.example/nonce","newAccount":"https://ca.example/account","newOrder":"https://ca.example/orders","meta":{"termsOfService":"https://ca.example/terms"}}"""),
            "/nonce" => Answer(HttpStatusCode.OK, ""),
            "/account" => Answer(HttpStatusCode.Created, """{"status":"valid"}""", location: "https://ca.example/account/1"),
            "/orders" => Answer(HttpStatusCode.Created, Order(), location: "/order/1"),
            "/order/1" => Answer(HttpStatusCode.OK, Order()),
            "/authorization/1" => Answer(HttpStatusCode.OK, $$"""{"status":"{{(_order == "pending" ? "pending" : "valid")}}","identifier":{"type":"dns","value":"a.example"},"challenges":[{"type":"dns-01","url":"https://ca.example/other","token":"o"},{"type":"http-01","url":"https://ca.example/challenge/1","token":"t-1","status":"pending"}]}"""),
            "/challenge/1" => Become("ready", """{"type":"http-01","status":"processing"}"""),
            "/finalize/1" => Finalize(payload),
            "/certificate/1" => Answer(HttpStatusCode.OK, Issue()),
            _ => Answer(HttpStatusCode.NotFound, ""),
        };
    }

    private string Order() => $$"""{"status":"{{_order}}","authorizations":["https://ca.example/authorization/1"],"finalize":"https://ca.example/finalize/1","certificate":"https://ca.example/certificate/1"}""";

    private HttpResponseMessage Become(string status, string body)
    {
        _order = status;
        return Answer(HttpStatusCode.OK, body);
    }

    private HttpResponseMessage Finalize(string payload)
    {
        using var document = JsonDocument.Parse(payload);
        _request = Base64Url.DecodeFromChars(document.RootElement.GetProperty("csr").GetString());
        return Become("valid", Order());
    }

    private string Issue()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var wanted = CertificateRequest.LoadSigningRequest(_request!, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        var now = TimeProvider.System.GetUtcNow();
        using var issued = wanted.Create(new X500DistinguishedName("CN=authority"), X509SignatureGenerator.CreateForECDsa(key), now.AddDays(-1), now.AddDays(1), [1]);
        return issued.ExportCertificatePem() + "\n";
    }

    private HttpResponseMessage Answer(HttpStatusCode status, string body, string? location = null, string? retryAfter = null)
    {
        var answer = new HttpResponseMessage(status) { Content = new StringContent(body) };
        if (_asked[^1] != "GET /directory")
        {
            answer.Headers.TryAddWithoutValidation("Replay-Nonce", $"nonce-{++_nonce}");
        }

        answer.Headers.TryAddWithoutValidation("Location", location);
        answer.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        return answer;
    }
}
