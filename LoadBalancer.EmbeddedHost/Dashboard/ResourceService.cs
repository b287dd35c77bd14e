using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using LoadBalancer.EmbeddedHost.Dashboard.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace LoadBalancer.EmbeddedHost.Dashboard;

/// <summary>What the dashboard asks the host: who is there, what they write, and to carry out commands.</summary>
internal sealed class ResourceService(
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    ResourceCommandService commands,
    string applicationName) : IAsyncDisposable
{
    private const string KeyHeader = "x-resource-service-api-key";
    private const string Service = "/aspire.v1.DashboardService";

    private readonly byte[] _key = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(32, lowercase: true));
    private readonly CancellationTokenSource _stopping = new();
    private WebApplication? _server;

    /// <summary>What a caller must show.</summary>
    public string Key => Encoding.ASCII.GetString(_key);

    /// <summary>Listens on a free port of the loopback address.</summary>
    /// <returns>The address.</returns>
    public async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
            server.Listen(System.Net.IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        _server = builder.Build();
        _server.Run(AnswerAsync);
        await _server.StartAsync(cancellationToken);
        return _server.Urls.First();
    }

    public async ValueTask DisposeAsync()
    {
        // The calls that watch have no end of their own.
        await _stopping.CancelAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
        _stopping.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var call = new GrpcCall(context);
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(context.Request.Headers[KeyHeader].ToString()), _key))
        {
            call.Refuse(GrpcCall.Unauthenticated, "The API key is missing or wrong.");
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Cancelled, _stopping.Token);
        var method = context.Request.Path.StartsWithSegments(Service, out var rest) ? rest.Value : null;
        Func<GrpcCall, CancellationToken, Task>? answer = method switch
        {
            "/GetApplicationInformation" => TellNameAsync,
            "/WatchResources" => WatchResourcesAsync,
            "/WatchResourceConsoleLogs" => WatchConsoleAsync,
            "/ExecuteResourceCommand" => ExecuteAsync,
            "/WatchInteractions" => AskNothingAsync,
            _ => null,
        };
        if (answer is null)
        {
            call.Refuse(GrpcCall.Unimplemented, "This host does not offer that.");
            return;
        }

        try
        {
            await answer(call, either.Token);
            call.End();
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The dashboard has gone, or the host is going.
        }
    }

    private async Task TellNameAsync(GrpcCall call, CancellationToken cancellationToken)
    {
        await call.BeginAsync();
        await call.WriteAsync(new ApplicationInformation { ApplicationName = applicationName });
    }

    private async Task WatchResourcesAsync(GrpcCall call, CancellationToken cancellationToken)
    {
        await call.BeginAsync();
        var first = new InitialData();
        foreach (var resource in model.Resources)
        {
            if (notifications.TryGetCurrentState(resource.Name, out var current))
            {
                first.Resources.Add(ResourceMessages.Of(current));
            }
        }
        await call.WriteAsync(new WatchResourcesUpdate { InitialData = first });

        await foreach (var update in notifications.WatchAsync(cancellationToken))
        {
            var changes = new Changes { Value = { new Change { Upsert = ResourceMessages.Of(update) } } };
            await call.WriteAsync(new WatchResourcesUpdate { Changes = changes });
        }
    }

    private async Task WatchConsoleAsync(GrpcCall call, CancellationToken cancellationToken)
    {
        var request = await call.ReadAsync(WatchConsoleLogsRequest.Parser);
        await call.BeginAsync();
        if (Find(request.ResourceName) is not { } resource)
        {
            return;
        }

        var batches = request.SuppressFollow ? logs.GetAllAsync(resource.Name) : logs.WatchAsync(resource.Name);
        await foreach (var batch in batches.WithCancellation(cancellationToken))
        {
            var update = new WatchConsoleLogsUpdate();
            update.LogLines.Add(batch.Select(ResourceMessages.Of));
            await call.WriteAsync(update);
        }
    }

    private async Task ExecuteAsync(GrpcCall call, CancellationToken cancellationToken)
    {
        var request = await call.ReadAsync(CommandRequest.Parser);
        await call.BeginAsync();
        var result = await commands.ExecuteCommandAsync(
            Find(request.ResourceName)?.Name ?? request.ResourceName,
            request.CommandName,
            cancellationToken);

        var response = new CommandResponse { Kind = result.Success ? 1 : result.Canceled ? 3 : 2 };
        if (result.Message is { } message)
        {
            response.Message = message;
        }
        await call.WriteAsync(response);
    }

    // The dashboard keeps this call open for questions of the host to its user. This host has none.
    private static async Task AskNothingAsync(GrpcCall call, CancellationToken cancellationToken)
    {
        await call.BeginAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    private IResource? Find(string uniqueName) => model.Resources.FirstOrDefault(resource => ResourceMessages.UniqueName(resource) == uniqueName);
}
