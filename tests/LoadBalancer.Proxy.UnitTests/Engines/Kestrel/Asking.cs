using System.Text;
using LoadBalancer.Proxy.Engines.Kestrel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

/// <summary>A request as the web server hands it over, without the web server.</summary>
internal sealed class Asking
{
    private readonly Func<byte[]> _answer;

    public Asking(string method = "GET", string target = "/", string protocol = "HTTP/1.1")
    {
        Context.Request.Method = method;
        Context.Request.Scheme = "http";
        Context.Request.Protocol = protocol;
        Context.Request.Host = new HostString("www.example.com");
        Context.Request.Path = target.StartsWith('/') ? target.Split('?')[0] : "/";
        Context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        var answer = new MemoryStream();
        Context.Response.Body = answer;
        _answer = answer.ToArray;
    }

    public DefaultHttpContext Context { get; } = new();

    public IHeaderDictionary Headers => Context.Request.Headers;

    public HttpResponse Response => Context.Response;

    /// <summary>What was answered.</summary>
    public string Answer => Encoding.Latin1.GetString(_answer());

    /// <summary>The exchange of the request, with an id that the client sent.</summary>
    public Exchange Exchange(string requestId = "id-1")
    {
        Headers["X-Request-Id"] = requestId;
        return new Exchange(Context, Make.Engine());
    }

    /// <summary>Gives the request a body.</summary>
    public Asking With(string body)
    {
        Context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        Context.Features.Set<IHttpRequestBodyDetectionFeature>(new HasBody());
        return this;
    }

    private sealed class HasBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }
}
