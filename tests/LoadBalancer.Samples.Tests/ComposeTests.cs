using System.Net;

namespace LoadBalancer.Samples.Tests;

public sealed class ComposeTests
{
    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Repository.Root, "compose.yaml", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.Root, path))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Dockerfile_of_every_service_is_there(string path)
    {
        var file = ComposeFile.Load(path);

        Assert.All(BuiltServicesOf(file), service =>
            Assert.True(File.Exists(Path.Combine(file.Folder, service.Value.Build!.Context, service.Value.Build.Dockerfile)), service.Key));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Context_of_every_build_is_the_root_that_its_dockerfile_copies_from(string path)
    {
        var file = ComposeFile.Load(path);

        Assert.All(BuiltServicesOf(file), service =>
            Assert.Equal(Repository.Root, Path.GetFullPath(Path.Combine(file.Folder, service.Value.Build!.Context))));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Everything_mounted_is_there(string path)
    {
        var file = ComposeFile.Load(path);

        Assert.All(file.Services.Values.SelectMany(service => service.Volumes), volume =>
            Assert.True(Path.Exists(Path.Combine(file.Folder, volume.Split(':')[0])), volume));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Started_with_these_commands_the_services_are_healthy(string path)
    {
        var file = ComposeFile.Load(path);
        await using var run = await ComposeRun.StartAsync(file);
        using var client = new HttpClient();

        foreach (var (name, service) in BuiltServicesOf(file).Where(service => service.Value.Scale == 1))
        {
            using var answer = await client.GetAsync(run.HealthUrlOf(name, service), TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, name);
        }
    }

    [Theory]
    [InlineData("samples/round-robin/compose.yaml", "custom-lb", "Hello from web1, Hello from web2, Hello from web3, Hello from web1, Hello from web2, Hello from web3")]
    [InlineData("samples/two-servers-compose/compose.yaml", "load_balancer", "Server 1, Server 2, Server 1, Server 2, Server 1, Server 2")]
    public async Task Started_with_these_commands_the_published_port_goes_round(string path, string loadBalancer, string expected)
    {
        var file = ComposeFile.Load(path);
        await using var run = await ComposeRun.StartAsync(file);
        await run.TerminalOf(loadBalancer).WaitForAsync("the following host is up ", times: file.Services.Count - 1);

        var published = Assert.Single(file.Services[loadBalancer].Ports).Split(':')[^1];
        using var client = new HttpClient { BaseAddress = run.AddressOf(loadBalancer, published) };
        var answers = new List<string>();
        for (var n = 0; n < 6; n++)
        {
            answers.Add(await client.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken));
        }

        Assert.Equal(expected, string.Join(", ", answers));
    }

    // Services without a build are images of others: a dashboard, for one.
    private static IEnumerable<KeyValuePair<string, ComposeService>> BuiltServicesOf(ComposeFile file) =>
        file.Services.Where(service => service.Value.Build is not null);
}
