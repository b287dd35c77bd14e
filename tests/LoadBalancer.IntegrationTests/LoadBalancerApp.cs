using Microsoft.Extensions.Configuration;

namespace LoadBalancer.IntegrationTests;

/// <summary>The application as the AppHost describes it, running, for all tests of a class.</summary>
public class LoadBalancerApp : IAsyncLifetime
{
    /// <summary>Far beyond what anything here takes; whoever waits longer waits for nothing.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private IDistributedApplicationTestingBuilder? _builder;
    private DistributedApplication? _application;

    public DistributedApplication Application => _application ?? throw new InvalidOperationException("The application has not been started.");

    protected virtual int Replicas => 3;

    protected virtual bool WithDashboard => false;

    /// <summary>The settings of the host, where the keys of the dashboard are.</summary>
    public IConfiguration Settings => _builder?.Configuration ?? throw new InvalidOperationException("The application has not been started.");

    public async ValueTask InitializeAsync()
    {
        // The start is the slowest of all: it brings an orchestrator with it.
        using var deadline = new CancellationTokenSource(3 * Deadline);
        _builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.LoadBalancer_AppHost>(
            [$"--Replicas={Replicas}"],
            (options, _) => options.DisableDashboard = !WithDashboard,
            deadline.Token);
        _application = await _builder.BuildAsync(deadline.Token);
        await _application.StartAsync(deadline.Token);
        await _application.ResourceNotifications.WaitForResourceHealthyAsync("proxy", deadline.Token);
        for (var n = 1; n <= Replicas; n++)
        {
            await ShownAsync($"backend-{n}", "Healthy");
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
        if (_builder is not null)
        {
            // It owns the entry point of the AppHost, which runs as long as the application.
            await _builder.DisposeAsync();
        }
    }

    public HttpClient Proxy() => Application.CreateHttpClient("proxy", "http");

    public HttpClient Backend(int n) => Application.CreateHttpClient($"backend-{n}", "http");

    /// <summary>Gives a command to a resource and waits until it is in a state.</summary>
    public async Task CommandAsync(string resource, string command, IEnumerable<string> states)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var result = await Application.ResourceCommands.ExecuteCommandAsync(resource, command, deadline.Token);
        Assert.True(result.Success, result.Message);
        await Application.ResourceNotifications.WaitForResourceAsync(resource, states, deadline.Token);
    }

    /// <summary>The resource that shows a destination of the proxy in the dashboard.</summary>
    public static string Destination(string backend) => $"proxy-{backend}";

    /// <summary>Waits until the dashboard shows a destination in a state, and says how long that took.</summary>
    public async Task<TimeSpan> ShownAsync(string backend, string state)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var began = TimeProvider.System.GetTimestamp();
        await Application.ResourceNotifications.WaitForResourceAsync(Destination(backend), state, deadline.Token);
        return TimeProvider.System.GetElapsedTime(began);
    }

    /// <summary>Waits until a resource is as wanted.</summary>
    public async Task<ResourceEvent> WaitAsync(string resource, Func<ResourceEvent, bool> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        return await Application.ResourceNotifications.WaitForResourceAsync(resource, condition, deadline.Token);
    }

    /// <summary>Waits until a condition holds that nobody tells of.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, string what, TimeSpan lookEvery)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Deadline, $"Not seen within {Deadline}: {what}");
            await Task.Delay(lookEvery, TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Lets the operator do something about a destination, and waits until the dashboard shows it.</summary>
    public Task OperateAsync(string backend, string command, string state) => CommandAsync(Destination(backend), command, [state]);

    /// <summary>Sends requests one after the other and counts who answered.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountAnswersAsync(int requests)
    {
        using var client = Proxy();
        var answers = new Dictionary<string, int>();
        for (var n = 0; n < requests; n++)
        {
            using var response = await client.GetAsync(new Uri("/", UriKind.Relative));
            response.EnsureSuccessStatusCode();
            var who = Assert.Single(response.Headers.GetValues("X-Backend"));
            answers[who] = answers.GetValueOrDefault(who) + 1;
        }
        return answers;
    }
}
