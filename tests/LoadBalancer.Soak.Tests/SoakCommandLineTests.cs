using LoadBalancer.Compare;

namespace LoadBalancer.Soak.Tests;

public sealed class SoakCommandLineTests : IDisposable
{
    private readonly StringWriter _error = new();
    private SoakOptions? _asked;

    [Fact]
    public async Task Without_options_everything_is_run()
    {
        Assert.Equal(ExitCodes.Success, await TypeAsync());

        Assert.Equal(["faults", "faults-full-budget", "hedge", "gray-peak-ewma", "gray-ejection"], _asked?.Scenarios);
        Assert.Equal((TimeSpan.FromSeconds(60), false), (_asked!.Round, _asked.IsQuick));
    }

    [Fact]
    public async Task Scenarios_and_a_length_may_be_chosen()
    {
        await TypeAsync("--scenario", "hedge", "--scenario", "faults", "--seconds", "90", "--quick");

        Assert.Equal(["hedge", "faults"], _asked?.Scenarios);
        Assert.Equal((TimeSpan.FromSeconds(90), true), (_asked!.Round, _asked.IsQuick));
    }

    [Theory]
    [InlineData("--scenario", "flood")]
    [InlineData("--seconds", "5")]
    public async Task A_wrong_value_is_one_line_and_nothing_runs(string option, string value)
    {
        Assert.Equal(ExitCodes.Usage, await TypeAsync(option, value));

        Assert.Null(_asked);
        Assert.Single(_error.ToString().TrimEnd().Split('\n'));
    }

    public void Dispose() => _error.Dispose();

    private Task<int> TypeAsync(params string[] arguments) => new SoakCommandLine(
        options =>
        {
            _asked = options;
            return Task.FromResult(ExitCodes.Success);
        },
        TextWriter.Null,
        _error).InvokeAsync(arguments);
}
