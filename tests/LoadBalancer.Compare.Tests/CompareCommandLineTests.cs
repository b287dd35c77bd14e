namespace LoadBalancer.Compare.Tests;

public sealed class CompareCommandLineTests : IDisposable
{
    private readonly StringWriter _error = new();
    private CompareOptions? _asked;

    [Fact]
    public async Task Without_options_everything_is_measured_thoroughly()
    {
        await TypeAsync();

        Assert.Equal(["small", "small1024", "large", "post", "connections", "idle", "websocket", "two", "startup"], _asked?.Scenarios.Select(scenario => scenario.Name));
        Assert.Equal(Effort.Full, _asked?.Effort);
    }

    [Fact]
    public async Task Scenarios_and_bars_may_be_repeated()
    {
        await TypeAsync("--scenario", "large", "--scenario", "small", "--bar", "small:kestrel/nginx=0.9", "--bar", "large:kestrel/haproxy=0.55", "--quick");

        Assert.Equal(["large", "small"], _asked?.Scenarios.Select(scenario => scenario.Name));
        Assert.Equal([0.9, 0.55], _asked?.Bars.Select(bar => bar.Value));
        Assert.Equal(Effort.Quick, _asked?.Effort);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fewer_starts_may_be_enough(bool isQuick)
    {
        await TypeAsync(["--starts", "3", .. isQuick ? ["--quick"] : Array.Empty<string>()]);

        Assert.Equal((isQuick ? Effort.Quick : Effort.Full) with { Starts = 3 }, _asked?.Effort);
    }

    [Fact]
    public async Task Some_proxies_may_be_enough()
    {
        await TypeAsync("--proxy", "yarp", "--proxy", "kestrel");

        Assert.Equal(["yarp", "kestrel"], _asked?.Proxies);
    }

    [Fact]
    public async Task A_build_of_ours_has_the_name_that_it_is_given()
    {
        await TypeAsync("--build", $"native={Environment.ProcessPath}");

        Assert.Equal([new NamedProgram("native", Environment.ProcessPath!)], _asked?.Builds);
    }

    [Theory]
    [InlineData("--proxy", "traefik", "--proxy 'traefik' is not one of nginx, haproxy, haproxy-splice, caddy, yarp, before, kestrel, eventloop, eventloop-one")]
    [InlineData("--scenario", "tiny", "--scenario 'tiny' is not one of small, small1024, large, post, connections, idle, websocket, two, startup")]
    [InlineData("--bar", "nginx=1", "--bar 'nginx=1' is not written scenario:proxy/peer=ratio")]
    [InlineData("--build", "native=no/such/file", "--build 'native=no/such/file' is not written name=path, with the path of a file")]
    [InlineData("--starts", "0", "--starts '0' is not a number from 1 to 99")]
    [InlineData("--starts", "few", "--starts 'few' is not a number from 1 to 99")]
    [InlineData("--nginx", "no/such/file", "--nginx 'no/such/file' is not a file")]
    public async Task A_wrong_value_is_one_line_and_nothing_runs(string option, string value, string error)
    {
        Assert.Equal(ExitCodes.Usage, await TypeAsync(option, value));

        Assert.Null(_asked);
        Assert.StartsWith(error, Assert.Single(_error.ToString().TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    public void Dispose() => _error.Dispose();

    private Task<int> TypeAsync(params string[] arguments) => new CompareCommandLine(
        options =>
        {
            _asked = options;
            return Task.FromResult(ExitCodes.Success);
        },
        TextWriter.Null,
        _error).InvokeAsync(arguments);
}
