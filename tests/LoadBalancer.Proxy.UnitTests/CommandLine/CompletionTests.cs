using LoadBalancer.Proxy.CommandLine;

namespace LoadBalancer.Proxy.UnitTests.CommandLine;

/// <summary>What is offered to somebody who types; how a shell asks for it is tested with the shell.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData("dr", "drain")]
    [InlineData("status --wa", "--watch")]
    [InlineData("--health-p", "--health-path")]
    [InlineData("weight a d", "default")]
    [InlineData("completion z", "zsh")]
    [InlineData("--servers a:1 --engine e", "eventloop")]
    [InlineData("--servers a:1 --policy Peak", "PeakEwma")]
    public async Task What_is_begun_is_completed(string typed, string completed) => Assert.Equal([completed], (await SuggestAsync(typed)).Where(one => one.StartsWith(typed.Split(' ')[^1], StringComparison.Ordinal)));

    [Fact]
    public async Task Without_a_proxy_no_destination_is_offered_and_nothing_is_said()
    {
        var offered = await SuggestAsync("drain --admin http://127.0.0.1:1 ");

        Assert.DoesNotContain(offered, one => !one.StartsWith('-'));
        Assert.Equal("", _error.ToString());
    }

    private async Task<string[]> SuggestAsync(string typed)
    {
        var line = $" {typed}";
        Assert.Equal(0, await new ProxyCommandLine(_ => Task.FromResult(1), _output, _error).InvokeAsync([$"[suggest:{line.Length}]", line]));
        return _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
