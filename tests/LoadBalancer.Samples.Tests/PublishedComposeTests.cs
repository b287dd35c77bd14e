using System.Net;

namespace LoadBalancer.Samples.Tests;

/// <summary>What the application publishes for Docker Compose is started outside of containers.</summary>
public sealed class PublishedComposeTests(PublishedCompose published) : IClassFixture<PublishedCompose>
{
    [Fact]
    public async Task Proxy_goes_round_the_published_backends()
    {
        await using var run = await ComposeRun.StartAsync(published.File);
        await run.TerminalOf("proxy").WaitForAsync("the following host is up ", times: 3);

        using var client = new HttpClient { BaseAddress = run.AddressOf("proxy", Assert.Single(published.File.Services["proxy"].Ports).Split(':')[^1]) };
        var answers = new List<string>();
        for (var n = 0; n < 6; n++)
        {
            answers.Add(await client.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken));
        }

        Assert.Equal(
            ["Hello from backend-1", "Hello from backend-2", "Hello from backend-3", "Hello from backend-1", "Hello from backend-2", "Hello from backend-3"],
            answers);
    }

    [Fact]
    public async Task Health_check_of_every_service_passes()
    {
        await using var run = await ComposeRun.StartAsync(published.File);
        using var client = new HttpClient();

        foreach (var (name, service) in published.Programs)
        {
            using var answer = await client.GetAsync(run.HealthUrlOf(name, service), TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, name);
        }
    }

    [Fact]
    public void Health_checks_ask_with_a_program_that_the_images_have() =>
        Assert.All(published.Programs, service => Assert.Equal(
            Dockerfile.Load(Path.Combine(service.Value.Build!.Context, service.Value.Build.Dockerfile)).HealthProgram,
            service.Value.Healthcheck!.Program));

    [Fact]
    public void Every_service_is_started_again_when_it_ends() =>
        Assert.All(published.File.Services, service => Assert.Contains(service.Value.Restart, (string[])["always", "unless-stopped"]));
}
