using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>
/// The operator's web server, apart from that of the clients: it starts before and stops after it, so that it still tells how things stand
/// while the last requests finish, and no request of a client can reach it. It makes no spans and no metrics of requests.
/// </summary>
internal sealed partial class AdminListener : IHostedService, IDisposable
{
    // For a call that is just being answered. Who listens to events, or keeps a connection, is not waited for.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly IConfiguration _endpoints;
    private readonly KestrelServer _server;
    private readonly Application _application;
    private readonly TimeProvider _time;
    private readonly ILogger<AdminListener> _logger;
    private IDisposable? _watch;
    private int _started;

    public AdminListener(Listeners listeners, IConnectionListenerFactory sockets, RequestDelegate pipeline, IServiceProvider services)
    {
        var options = new KestrelServerOptions { ApplicationServices = services };
        listeners.Admin.Configure(options);
        _endpoints = listeners.Admin.Configuration;
        _server = new KestrelServer(Options.Create(options), sockets, services.GetRequiredService<ILoggerFactory>());
        _application = new Application(pipeline, services.GetRequiredService<IHttpContextFactory>());
        _time = services.GetRequiredService<TimeProvider>();
        _logger = services.GetRequiredService<ILogger<AdminListener>>();
    }

    /// <summary>Where it listens; null when it is off.</summary>
    public string? Address => _server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.FirstOrDefault();

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _watch = ChangeToken.OnChange(_endpoints.GetReloadToken, () => _ = OpenLateAsync());
        return OpenAsync(cancellationToken);
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _watch?.Dispose();
        using var grace = new CancellationTokenSource(Grace, _time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, grace.Token);
        await _server.StopAsync(deadline.Token);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _watch?.Dispose();
        _server.Dispose();
    }

    // A server that is started without an endpoint would choose one. Once started, it follows its endpoints itself.
    private Task OpenAsync(CancellationToken cancellationToken) =>
        _endpoints.GetChildren().Any() && Interlocked.Exchange(ref _started, 1) == 0 ? _server.StartAsync(_application, cancellationToken) : Task.CompletedTask;

    private async Task OpenLateAsync()
    {
        try
        {
            await OpenAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            Log.NotOpened(_logger, exception);
        }
    }

    private sealed class Application(RequestDelegate pipeline, IHttpContextFactory contexts) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => contexts.Create(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => pipeline(context);

        public void DisposeContext(HttpContext context, Exception? exception) => contexts.Dispose(context);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "the admin listener could not be opened")]
        public static partial void NotOpened(ILogger logger, Exception exception);
    }
}
