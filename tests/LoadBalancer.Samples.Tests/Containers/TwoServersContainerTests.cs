namespace LoadBalancer.Samples.Tests.Containers;

/// <summary>Does once what the README of the sample with two servers says under "With Docker Compose", and runs both clients.</summary>
public sealed class TwoServersContainers : IAsyncLifetime
{
    internal Dictionary<string, (string Shown, string Printed)> Clients { get; } = [];

    public async ValueTask InitializeAsync()
    {
        if (!await ContainerEngine.IsThereAsync())
        {
            return;
        }

        await using var run = await ContainerRun.BeginAsync("samples/two-servers-compose/README.md", "samples/two-servers-compose/compose.yaml");
        await run.Start("docker compose up").WaitForAsync("the following host is up ", times: 2);
        await run.TypeAsync("dotnet tool restore");
        foreach (var client in (string[])["test_load_balancer.py", "test_load_balancer.ps1"])
        {
            Clients[client] = (run.Shown(client), await run.TypeAsync(client));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

[Collection(nameof(ContainerTests))]
public sealed class TwoServersContainerTests(TwoServersContainers run) : IClassFixture<TwoServersContainers>
{
    [Theory]
    [InlineData("test_load_balancer.py")]
    [InlineData("test_load_balancer.ps1")]
    public async Task Client_gets_the_answers_that_the_readme_shows(string client)
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal(run.Clients[client].Shown, run.Clients[client].Printed);
    }
}
