using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LoadBalancer.IntegrationTests.LoadBalancing;

/// <summary>An admin API whose event stream says what the test lets it say.</summary>
internal sealed class FakeAdmin : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly Channel<ChannelWriter<string>> _streams = Channel.CreateUnbounded<ChannelWriter<string>>();

    private FakeAdmin(WebApplication server) => _server = server;

    public int Port => new Uri(_server.Urls.First()).Port;

    /// <summary>What was asked of it by PATCH: path and body.</summary>
    public List<string> Changes { get; } = [];

    /// <summary>What it answers to a PATCH.</summary>
    public IResult Answer { get; set; } = Results.Ok();

    public static async Task<FakeAdmin> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var server = builder.Build();
        server.Urls.Add("http://127.0.0.1:0");
        var admin = new FakeAdmin(server);
        server.MapGet("/api/events", admin.StreamAsync);
        server.MapPatch("/api/clusters/{cluster}/destinations/{destination}", admin.ChangeAsync);
        await server.StartAsync();
        return admin;
    }

    /// <summary>Waits until somebody listens to a stream that was not handed out yet. Completing it ends it.</summary>
    public async Task<ChannelWriter<string>> NextStreamAsync()
    {
        using var deadline = new CancellationTokenSource(LoadBalancerApp.Deadline);
        return await _streams.Reader.ReadAsync(deadline.Token);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task StreamAsync(HttpContext context)
    {
        var events = Channel.CreateUnbounded<string>();
        await _streams.Writer.WriteAsync(events.Writer);
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
        await foreach (var text in events.Reader.ReadAllAsync(context.RequestAborted))
        {
            await context.Response.WriteAsync(text);
            await context.Response.Body.FlushAsync();
        }
    }

    private async Task<IResult> ChangeAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        Changes.Add($"{request.Path} {await reader.ReadToEndAsync()}");
        return Answer;
    }
}
