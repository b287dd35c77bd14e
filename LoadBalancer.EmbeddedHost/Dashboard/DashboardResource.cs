using System.Net.Sockets;
using System.Security.Cryptography;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.EmbeddedHost.Dashboard;

/// <summary>The dashboard as a resource, under Aspire's name for it: hidden, but with endpoints that tests and projects refer to.</summary>
internal sealed class DashboardResource : Resource, IResourceWithEndpoints
{
    public const string ResourceName = "aspire-dashboard";
    private const int DefaultPort = 18888;

    /// <param name="port">The port for browsers; null lets the host find a free one.</param>
    /// <param name="allowsAnonymous">Whether a browser gets in without a token.</param>
    public DashboardResource(int? port, bool allowsAnonymous) : base(ResourceName)
    {
        AllowsAnonymous = allowsAnonymous;
        Annotations.Add(new EndpointAnnotation(ProtocolType.Tcp, "http", name: "http", port: port, isProxied: false));
        Annotations.Add(new EndpointAnnotation(ProtocolType.Tcp, "http", name: "otlp-grpc", isProxied: false));
        Annotations.Add(new EndpointAnnotation(ProtocolType.Tcp, "http", name: "otlp-http", isProxied: false));
    }

    public bool AllowsAnonymous { get; }

    public string Browser => Url("http");

    public string OtlpGrpc => Url("otlp-grpc");

    public string OtlpHttp => Url("otlp-http");

    /// <summary>The port that the settings ask for, under the key of the other ports or as Aspire has it: the addresses of the AppHost itself.</summary>
    public static int PortFrom(IConfiguration configuration) =>
        configuration.Port("Ports:Dashboard") ?? PortOf(configuration["ASPNETCORE_URLS"]) ?? DefaultPort;

    /// <summary>Makes the secrets of this run, under the keys by which Aspire's tests find them.</summary>
    public static void AddSecrets(ConfigurationManager configuration)
    {
        foreach (var key in (string[])[Secrets.BrowserToken, Secrets.OtlpApiKey, Secrets.DashboardApiKey])
        {
            configuration[key] ??= RandomNumberGenerator.GetHexString(32, lowercase: true);
        }
    }

    private static int? PortOf(string? urls) => urls?.Split(';')
        .Select(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp ? uri.Port : (int?)null)
        .FirstOrDefault(port => port is not null);

    private string Url(string endpoint) => new EndpointReference(this, endpoint).Url;

    /// <summary>The configuration keys of the secrets.</summary>
    public static class Secrets
    {
        public const string BrowserToken = "AppHost:BrowserToken";
        public const string OtlpApiKey = "AppHost:OtlpApiKey";
        public const string DashboardApiKey = "AppHost:DashboardApiKey";
    }
}
