using LoadBalancer.EmbeddedHost.Dashboard;
using LoadBalancer.EmbeddedHost.Dashboard.Messages;
using Microsoft.Extensions.DependencyInjection;
using Resource = LoadBalancer.EmbeddedHost.Dashboard.Messages.Resource;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>What the dashboard is told, over the wire that it speaks.</summary>
public sealed class ResourceServiceTests : IAsyncLifetime
{
    private readonly DistributedApplicationBuilder _builder = TestApplication.Describe();
    private DistributedApplication _application = null!;
    private ResourceService _service = null!;
    private GrpcCaller _caller = null!;
    private string _address = "";

    public async ValueTask InitializeAsync()
    {
        var parent = _builder.AddBackend("parent").WithUrl($"http://localhost/docs", "Docs");
        _builder.AddBackend("backend")
            .WithParentRelationship(parent)
            .WithUrlForEndpoint("http", url => url.DisplayText = "Hello")
            .WithHttpCommand("/faults/toggle-health", "Toggle health", commandName: "toggle-health");
        _application = await _builder.StartAsync();
        await _application.ResourceNotifications.WaitForResourceHealthyAsync("backend", TestContext.Current.CancellationToken)
            .WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        _service = new ResourceService(
            _application.Services.GetRequiredService<DistributedApplicationModel>(),
            _application.ResourceNotifications,
            _application.Services.GetRequiredService<ResourceLoggerService>(),
            _application.ResourceCommands,
            "Test");
        _address = await _service.StartAsync(TestContext.Current.CancellationToken);
        _caller = new GrpcCaller(_address, _service.Key);
    }

    public async ValueTask DisposeAsync()
    {
        _caller.Dispose();
        await _service.DisposeAsync();
        await _application.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_is_told_anything_without_the_key()
    {
        using var stranger = new GrpcCaller(_address, "wrong");

        using var answer = await stranger.CallAsync("WatchResources");

        Assert.Equal("16", Assert.Single(answer.Headers.GetValues("grpc-status")));
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_method_that_is_not_there_is_unimplemented()
    {
        using var answer = await _caller.CallAsync("UploadFile");

        Assert.Equal("12", Assert.Single(answer.Headers.GetValues("grpc-status")));
    }

    [Fact]
    public async Task A_call_that_has_an_end_ends_with_status_zero()
    {
        using var answer = await _caller.CallAsync("GetApplicationInformation");
        await using var stream = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);

        Assert.Equal("Test", (await GrpcCaller.ReadAsync(stream, ApplicationInformation.Parser)).ApplicationName);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        Assert.Equal("0", Assert.Single(answer.TrailingHeaders.GetValues("grpc-status")));
    }

    [Fact]
    public async Task The_first_message_has_every_resource_and_the_next_ones_what_changes()
    {
        using var answer = await _caller.CallAsync("WatchResources");
        await using var stream = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);

        var first = (await GrpcCaller.ReadAsync(stream, WatchResourcesUpdate.Parser)).InitialData.Resources;
        Assert.Equal(["parent", "backend"], first.Select(resource => resource.DisplayName));
        var backend = first[1];
        Assert.Equal("Running", backend.State);
        Assert.Equal("Hello", Assert.Single(backend.Urls).DisplayProperties.DisplayName);
        Assert.Equal(first[0].Name, Assert.Single(backend.Properties, fact => fact.Name == "resource.parentName").Value.StringValue);
        Assert.Contains(backend.Commands, command => command is { Name: "toggle-health", State: 0 });
        Assert.Contains(backend.Environment, variable => variable is { Name: "OTEL_SERVICE_NAME", Value: "backend" });
        Assert.Equal("Docs", first[0].Urls[1].DisplayProperties.DisplayName);

        await CommandAsync(backend.Name, "toggle-health");
        Resource seen;
        do
        {
            seen = (await GrpcCaller.ReadAsync(stream, WatchResourcesUpdate.Parser)).Changes.Value[0].Upsert;
        }
        while (seen.Name != backend.Name || seen.HealthReports is not [{ Status: 1 }]);
        Assert.Equal("status code 500, expected 200", seen.HealthReports[0].Description);
    }

    [Fact]
    public async Task The_console_of_a_resource_is_sent_line_by_line()
    {
        var name = ResourceMessages.UniqueName(_builder.Resources[1]);
        using var answer = await _caller.CallAsync("WatchResourceConsoleLogs", new WatchConsoleLogsRequest { ResourceName = name });
        await using var stream = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);

        var line = (await GrpcCaller.ReadAsync(stream, WatchConsoleLogsUpdate.Parser)).LogLines[0];
        Assert.Contains("server listening on", line.Text, StringComparison.Ordinal);
        Assert.Equal(1, line.LineNumber);
        Assert.False(line.IsStdErr);
    }

    [Fact]
    public async Task A_command_that_fails_says_why()
    {
        var response = await CommandAsync(ResourceMessages.UniqueName(_builder.Resources[1]), "dance");

        Assert.Equal(2, response.Kind);
        Assert.Equal("Command 'dance' not available for resource 'backend'.", response.Message);
    }

    private async Task<CommandResponse> CommandAsync(string resource, string command)
    {
        using var answer = await _caller.CallAsync("ExecuteResourceCommand", new CommandRequest { ResourceName = resource, CommandName = command });
        await using var stream = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        return await GrpcCaller.ReadAsync(stream, CommandResponse.Parser);
    }
}
