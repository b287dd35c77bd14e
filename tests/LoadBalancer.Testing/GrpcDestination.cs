using System.Net;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace LoadBalancer.Testing;

/// <summary>A destination that speaks gRPC, and has the health service of the gRPC libraries and an echo.</summary>
public sealed class GrpcDestination : IAsyncDisposable
{
    private readonly HealthServiceImpl _health = new();
    private readonly WebApplication _app;

    private GrpcDestination(FakeTls? tls)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(_health);
        builder.Services.AddSingleton(Echo);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (tls is not null)
            {
                listen.UseHttps(tls.Certificate);
            }
        }));
        _app = builder.Build();
        _app.MapGrpcService<HealthServiceImpl>();
        _app.MapGrpcService<EchoService>();
    }

    /// <summary>Where it listens.</summary>
    public string Address => _app.Urls.First();

    /// <summary>What it is asked by calls of all kinds.</summary>
    public EchoService Echo { get; } = new();

    /// <summary>Starts a destination that serves.</summary>
    /// <param name="tls">How it does TLS; without, it does none.</param>
    public static async Task<GrpcDestination> StartAsync(FakeTls? tls = null)
    {
        var destination = new GrpcDestination(tls);
        destination.Set("", serves: true);
        await destination._app.StartAsync().InTime();
        return destination;
    }

    /// <summary>Says whether a service serves; the empty name is that of the server as a whole.</summary>
    public void Set(string service, bool serves) =>
        _health.SetStatus(service, serves ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
