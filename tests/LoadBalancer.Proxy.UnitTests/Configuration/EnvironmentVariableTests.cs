using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

// The environment belongs to the whole process, so these tests run when no other does.
[CollectionDefinition(nameof(EnvironmentVariableTests), DisableParallelization = true)]
[Collection(nameof(EnvironmentVariableTests))]
public sealed class EnvironmentVariableTests : IDisposable
{
    private const string Variable = "LoadBalancer__ShutdownTimeout";

    private readonly TempFolder _folder = new();

    public EnvironmentVariableTests() => Environment.SetEnvironmentVariable(Variable, "21s");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        _folder.Dispose();
    }

    [Fact]
    public void The_environment_wins_over_the_file()
    {
        var file = _folder.Write("lb.json", """{ "ShutdownTimeout": "20s" }""");

        Assert.Equal(TimeSpan.FromSeconds(21), Read(new RunArguments { ConfigFile = file }));
    }

    [Fact]
    public void What_was_typed_wins_over_the_environment()
    {
        var settings = new Dictionary<string, string?> { ["LoadBalancer:ShutdownTimeout"] = "22s" };

        Assert.Equal(TimeSpan.FromSeconds(22), Read(new RunArguments { Settings = settings }));
    }

    private TimeSpan Read(RunArguments arguments) => new ConfigurationSource(arguments, _folder.Path, "Test").Read().Options.ShutdownTimeout;
}
