using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.EmbeddedHost.Running;

/// <summary>The clients that talk to the resources: those are on this machine, whatever proxy the surroundings name for the world.</summary>
internal static class LocalClients
{
    private const string Name = "LoadBalancer.EmbeddedHost.Local";

    public static void AddTo(IServiceCollection services) => services.AddHttpClient(Name)
        .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { UseProxy = false });

    public static HttpClient CreateLocalClient(this IHttpClientFactory clients) => clients.CreateClient(Name);
}
