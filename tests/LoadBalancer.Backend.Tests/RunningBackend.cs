using Microsoft.AspNetCore.Builder;

namespace LoadBalancer.Backend.Tests;

/// <summary>A backend in this process, on a free port, and a client for it.</summary>
internal sealed class RunningBackend : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningBackend(WebApplication app)
    {
        _app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Client { get; }

    public static async Task<RunningBackend> StartAsync(BackendOptions? options = null, TimeProvider? time = null)
    {
        var app = BackendApplication.Create((options ?? new BackendOptions { Name = "web1" }) with { Listen = ["http://127.0.0.1:0"] }, time);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningBackend(app);
    }

    public Task<HttpResponseMessage> GetAsync(string path) => Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    public Task<string> GetTextAsync(string path) => Client.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PostAsync(string path, HttpContent? content = null) =>
        Client.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}

/// <summary>A clock whose timers are due at once; it remembers how long they would have taken.</summary>
internal sealed class ImpatientTime : TimeProvider
{
    public List<TimeSpan> Waits { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Waits.Add(dueTime);
        return base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}
