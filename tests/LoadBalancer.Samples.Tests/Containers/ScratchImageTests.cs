using System.Globalization;
using LoadBalancer.Testing;

namespace LoadBalancer.Samples.Tests.Containers;

/// <summary>Does once what <c>docs/deployment.md</c> says of the image from scratch, in front of a destination on this machine, and notes what came back.</summary>
public sealed class ScratchImage : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    internal string Answer { get; private set; } = "";

    internal string Health { get; private set; } = "";

    internal long Megabytes { get; private set; }

    internal string Stopped { get; private set; } = "";

    internal string Log { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (!await ContainerEngine.IsThereAsync())
        {
            return;
        }

        var name = $"lb-scratch-{Environment.ProcessId}";
        var (destination, listener, admin) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        await using var backend = Terminal.Start(Repository.Backend, ["--port", Invariant(destination)], []);
        await backend.WaitForAsync("server listening on ");

        var build = new ReadmeBlocks(Repository.Read("docs/deployment.md")).Line("docker build", "Dockerfile.scratch");
        var image = build.Split(' ')[^2];
        await RunAsync(build);
        Megabytes = long.Parse(await RunAsync($"docker image inspect --format '{{{{.Size}}}}' {image}"), CultureInfo.InvariantCulture) / 1_000_000;
        try
        {
            // Nothing is written: there is no folder for it, and the file system is read-only.
            await RunAsync($"docker run --detach --name {name} --network host --read-only {image} --servers localhost:{destination} --listen http://127.0.0.1:{listener} --admin http://127.0.0.1:{admin}");
            await ContainerRun.UntilAsync(
                async () => (Answer = await RunAsync($"curl --silent http://127.0.0.1:{listener}/ || true")).Length > 0, Patience, "the proxy in the container answers");
            Health = await RunAsync($"docker exec {name} /app/LoadBalancer.Proxy health --admin http://127.0.0.1:{admin}");
            await RunAsync($"docker stop --time 10 {name}");
            Stopped = await RunAsync($"docker inspect --format '{{{{.State.ExitCode}}}}' {name}");
            Log = await RunAsync($"docker logs {name}");
        }
        finally
        {
            await RunAsync($"docker rm --force {name}");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Task<string> RunAsync(string commands) => ContainerRun.RunAsync(commands, new Dictionary<string, string>(), Repository.Root);

    private static string Invariant(int port) => port.ToString(CultureInfo.InvariantCulture);
}

[Collection(nameof(ContainerTests))]
public sealed class ScratchImageTests(ScratchImage run) : IClassFixture<ScratchImage>
{
    [Fact]
    public async Task Image_from_scratch_passes_requests_on()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Contains("Hello", run.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_from_scratch_asks_itself_for_its_health()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal("ready", run.Health.Trim());
    }

    [Fact]
    public async Task Image_from_scratch_is_small()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.InRange(run.Megabytes, 10, 100);
    }

    [Fact]
    public async Task Image_from_scratch_ends_when_it_is_told_to()
    {
        await ContainerEngine.MustBeThereAsync();
        Assert.Equal("0", run.Stopped.Trim());
        Assert.EndsWith("server shutdown complete", run.Log.TrimEnd(), StringComparison.Ordinal);
    }
}
