using Aspire.Hosting.Testing;
using LoadBalancer.EmbeddedHost.Launching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>A resource over its starts, stops and bad times.</summary>
public sealed class ResourceLifeTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_resource_keeps_its_port_over_stop_and_start()
    {
        var builder = TestApplication.Describe();
        builder.AddBackend("backend");
        await using var application = await builder.StartAsync();
        await Healthy(application);
        var before = application.GetEndpoint("backend");
        var firstProcess = application.Snapshot("backend").ProcessId();

        Assert.True((await application.ResourceCommands.ExecuteCommandAsync("backend", KnownResourceCommands.StopCommand, Cancelled)).Success);
        Assert.Equal(KnownResourceStates.Exited, application.Snapshot("backend").State?.Text);
        Assert.False(HostProgram.IsAlive(firstProcess));
        using var client = application.CreateHttpClient("backend");
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/", Cancelled));

        Assert.True((await application.ResourceCommands.ExecuteCommandAsync("backend", KnownResourceCommands.StartCommand, Cancelled)).Success);
        await Healthy(application);
        Assert.Equal(before, application.GetEndpoint("backend"));
        Assert.Equal("Hello from backend", await client.GetStringAsync("/", Cancelled));
        Assert.NotEqual(firstProcess, application.Snapshot("backend").ProcessId());
    }

    [Fact]
    public async Task A_process_that_is_killed_stays_ended()
    {
        var builder = TestApplication.Describe();
        builder.AddBackend("backend");
        await using var application = await builder.StartAsync();
        await Healthy(application);

        Posix.Kill(application.Snapshot("backend").ProcessId(), Posix.Sigkill);

        await application.ResourceNotifications.WaitForResourceAsync("backend", KnownResourceStates.Finished, Cancelled).WaitAsync(Eventually.Deadline, Cancelled);
        var snapshot = application.Snapshot("backend");
        Assert.Equal(128 + Posix.Sigkill, snapshot.ExitCode);
        Assert.Null(snapshot.HealthStatus);
        Assert.NotNull(snapshot.StopTimeStamp);
    }

    [Fact]
    public async Task A_bad_answer_makes_a_resource_unhealthy_and_a_good_one_heals_it()
    {
        var builder = TestApplication.Describe();
        builder.AddBackend("backend");
        await using var application = await builder.StartAsync();
        await Healthy(application);
        using var client = application.CreateHttpClient("backend");

        await client.PostAsync("/faults/health?status=500", null, Cancelled);
        var sick = await application.ResourceNotifications
            .WaitForResourceAsync("backend", update => update.Snapshot.HealthStatus == HealthStatus.Unhealthy, Cancelled)
            .WaitAsync(Eventually.Deadline, Cancelled);
        Assert.Equal("status code 500, expected 200", Assert.Single(sick.Snapshot.HealthReports).Description);

        await client.PostAsync("/faults/clear", null, Cancelled);
        await Healthy(application);
    }

    [Fact]
    public async Task Commands_are_offered_when_they_make_sense()
    {
        var builder = TestApplication.Describe();
        builder.AddBackend("backend");
        await using var application = await builder.StartAsync();

        Assert.Equal(["stop", "restart"], Offered());
        await application.ResourceCommands.ExecuteCommandAsync("backend", KnownResourceCommands.StopCommand, Cancelled);
        Assert.Equal(["start"], Offered());

        IEnumerable<string> Offered() => application.Snapshot("backend").Commands
            .Where(command => command.State == ResourceCommandState.Enabled)
            .Select(command => command.Name);
    }

    [Theory]
    [InlineData("nobody", "stop", "Resource 'nobody' not found.")]
    [InlineData("backend", "dance", "Command 'dance' not available for resource 'backend'.")]
    public async Task A_command_that_cannot_be_carried_out_says_why(string resource, string command, string reason)
    {
        var builder = TestApplication.Describe();
        builder.AddBackend("backend");
        await using var application = builder.Build();

        var result = await application.ResourceCommands.ExecuteCommandAsync(resource, command, Cancelled);

        Assert.False(result.Success);
        Assert.Equal(reason, result.Message);
    }

    [Fact]
    public async Task A_program_that_is_not_built_fails_to_start_and_says_what_to_do()
    {
        var builder = TestApplication.Describe();
        builder.AddProject<NotBuilt>("ghost", launchProfileName: null);
        await using var application = await builder.StartAsync();

        Assert.Equal(KnownResourceStates.FailedToStart, application.Snapshot("ghost").State?.Text);
        await foreach (var lines in application.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync("ghost").WithCancellation(Cancelled))
        {
            Assert.Contains("build ", Assert.Single(lines).Content, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_a_resource_writes_can_be_read_afterwards()
    {
        var builder = TestApplication.Describe();
        builder.AddBackend("backend");
        await using var application = await builder.StartAsync();

        await foreach (var lines in application.Services.GetRequiredService<ResourceLoggerService>().WatchAsync("backend").WithCancellation(Cancelled))
        {
            Assert.Contains("server listening on", lines[0].Content, StringComparison.Ordinal);
            Assert.Equal(1, lines[0].LineNumber);
            return;
        }
    }

    private static Task<ResourceEvent> Healthy(DistributedApplication application) =>
        application.ResourceNotifications.WaitForResourceHealthyAsync("backend", Cancelled).WaitAsync(Eventually.Deadline, Cancelled);

    private sealed class NotBuilt : IProgramMetadata
    {
        public string ProjectPath => "/nowhere/Ghost.csproj";

        public string ProgramPath => "/nowhere/bin/Ghost";
    }
}
