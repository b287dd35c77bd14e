using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests.Protocols;

/// <summary>Destinations that are files: Unix-domain sockets. Another proxy stands for them.</summary>
public sealed class SocketDestinationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string Address => $"http://unix:{Path.Combine(_folder.FullName, "web.sock")}";

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task Requests_go_there_and_answers_come_back(string engine)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var behind = await BehindAsync(a);
        await using var proxy = await StartAsync(engine);

        for (var request = 0; request < 3; request++)
        {
            Assert.Equal("a", await proxy.Client.GetStringAsync(new Uri("/", UriKind.Relative)));
        }

        Assert.Equal(new Uri(proxy.Address).Authority, a.Requests[0].Header("Host"));
        Assert.Equal(Address, (await proxy.DescribeAsync("a")).GetProperty("address").GetString());
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task One_that_nobody_listens_on_is_passed_over(string engine)
    {
        await using var b = new FakeDestination(Behave.Ok("b"));
        await using var proxy = await StartAsync(engine, ("Clusters:web:Destinations:b:Address", b.Address));

        for (var request = 0; request < 4; request++)
        {
            Assert.Equal("b", await proxy.Client.GetStringAsync(new Uri("/", UriKind.Relative)));
        }
    }

    [Theory]
    [InlineData("Kestrel")]
    [InlineData("EventLoop")]
    public async Task The_host_that_is_said_is_sent(string engine)
    {
        await using var a = new FakeDestination(Behave.Ok("a"));
        await using var behind = await BehindAsync(a);
        await using var proxy = await StartAsync(engine, ("Clusters:web:Destinations:a:Host", "www.example.com"));

        await proxy.Client.GetStringAsync(new Uri("/", UriKind.Relative));

        Assert.Equal("www.example.com", a.Requests[0].Header("Host"));
    }

    [Theory]
    [InlineData("Http")]
    [InlineData("Tcp")]
    public async Task It_is_probed(string kind)
    {
        await using var a = new FakeDestination(Behave.Ok("a")) { HealthPath = "/elsewhere" };
        await using var behind = await BehindAsync(a);
        var probes = ProxyHost.QuickProbes();
        probes["Clusters:web:HealthCheck:Active:Kind"] = kind;
        if (kind == "Tcp")
        {
            probes.Remove("Clusters:web:HealthCheck:Active:Path");
        }

        await using var proxy = await ProxyHost.StartAsync(probes, Address);

        await proxy.WaitForHealthAsync("a", "Healthy");

        Assert.True(kind == "Tcp" || a.Requests[0].Header("Host") == "localhost");
    }

    private Task<ProxyHost> BehindAsync(FakeDestination destination) =>
        ProxyHost.StartAsync(new Dictionary<string, string?> { ["Listeners:main:Url"] = Address }, destination.Address);

    private Task<ProxyHost> StartAsync(string engine, params (string Key, string Value)[] settings)
    {
        var all = settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value);
        all["Engine"] = engine;
        return ProxyHost.StartAsync(all, Address);
    }
}
