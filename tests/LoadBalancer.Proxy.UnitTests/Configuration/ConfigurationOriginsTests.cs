using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

// The environment belongs to the whole process, so these tests run when no other does.
[Collection(nameof(EnvironmentVariableTests))]
public sealed class ConfigurationOriginsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _variables = [];

    public void Dispose()
    {
        _variables.ForEach(variable => Environment.SetEnvironmentVariable(variable, null));
        _folder.Dispose();
    }

    [Theory]
    [InlineData("appsettings.json")]
    [InlineData("appsettings.Test.json")]
    public void An_error_in_a_settings_file_names_the_file(string file)
    {
        _folder.Write(file, """{ "LoadBalancer": { "ShutdownTimeout": "soon" } }""");

        AssertLocated("ShutdownTimeout", "soon", file, Error(new RunArguments()));
    }

    [Fact]
    public void An_error_in_the_file_names_it_as_it_was_typed()
    {
        var file = _folder.Write("lb.json", """{ "ShutdownTimeout": "soon" }""");

        AssertLocated("ShutdownTimeout", "soon", file, Error(new RunArguments { ConfigFile = file }));
    }

    [Fact]
    public void An_error_in_the_environment_names_the_variable()
    {
        Set("LoadBalancer__Clusters__web__HealthCheck__Active__Rise", "many");

        AssertLocated("Clusters:web:HealthCheck:Active:Rise", "many", "environment variable LoadBalancer__Clusters__web__HealthCheck__Active__Rise", Error(new RunArguments()));
    }

    [Fact]
    public void The_source_is_the_one_that_has_the_last_word()
    {
        var file = _folder.Write("lb.json", """{ "ShutdownTimeout": "1s" }""");
        Set("LoadBalancer__ShutdownTimeout", "soon");

        AssertLocated("ShutdownTimeout", "soon", "environment variable LoadBalancer__ShutdownTimeout", Error(new RunArguments { ConfigFile = file }));
    }

    [Fact]
    public void An_unknown_key_names_its_source_also_where_all_of_it_is_below()
    {
        Set("LoadBalancer__Cluster__web__LoadBalancingPolicy", "RoundRobin");

        AssertLocated("Cluster", null, "environment variable LoadBalancer__Cluster__web__LoadBalancingPolicy", Error(new RunArguments()));
    }

    [Fact]
    public void What_is_missing_should_stand_where_the_rest_of_it_does()
    {
        var file = _folder.Write("lb.json", """{ "Routes": { "r": { "Order": 1 } } }""");
        Set("LoadBalancer__Routes__r__Match__Path", "/a");

        AssertLocated("Routes:r:ClusterId", null, file, Error(new RunArguments { ConfigFile = file }));
    }

    [Fact]
    public void What_is_missing_altogether_should_stand_in_the_file()
    {
        var file = _folder.Write("lb.json", """{ "Clusters": { "a": {}, "b": {} } }""");
        Set("LoadBalancer__Admin__Token", "secret");

        AssertLocated("Routes", null, file, Error(new RunArguments { ConfigFile = file }));
    }

    [Fact]
    public void An_error_of_the_section_itself_has_a_path_and_a_source()
    {
        _folder.Write("appsettings.json", """{ "LoadBalancer": "on" }""");

        AssertLocated("LoadBalancer", "on", "appsettings.json", Error(new RunArguments()));
    }

    [Fact]
    public void A_log_level_that_there_is_not_names_its_source()
    {
        Set("Logging__LogLevel__Default", "loud");

        AssertLocated("Logging:LogLevel:Default", "loud", "environment variable Logging__LogLevel__Default", Error(new RunArguments()));
    }

    [Fact]
    public void An_error_in_what_was_typed_names_the_option() =>
        AssertLocated("Admin:Url", null, "--admin", Error(new RunArguments { Admin = "http://localhost:1", Listen = ["http://localhost:1"] }));

    [Fact]
    public void An_error_of_a_listener_that_was_typed_names_the_option() =>
        AssertLocated("Listeners:listen-2:Url", null, "--listen", Error(new RunArguments { Listen = ["http://localhost:1", "http://localhost:1"] }));

    [Fact]
    public void An_error_of_a_server_that_was_typed_names_the_option() =>
        AssertLocated("Clusters:default:Destinations:b:1/p:Address", null, "--servers", Error(new RunArguments { Servers = ["a:1", "b:1/p?q"] }) with { Path = "Clusters:default:Destinations:b:1/p:Address" });

    [Fact]
    public void A_token_that_is_missing_for_the_address_that_was_typed_names_the_option()
    {
        _folder.Write("appsettings.json", """{ "LoadBalancer": { "Admin": { "Url": "http://localhost:1" } } }""");

        AssertLocated("Admin:Token", null, "--admin", Error(new RunArguments { Admin = "http://*:9901" }));
    }

    [Fact]
    public void A_secret_is_not_repeated()
    {
        _folder.Write("appsettings.json", """{ "LoadBalancer": { "Admin": { "Token": "two words" } } }""");

        var error = Error(new RunArguments());

        AssertLocated("Admin:Token", null, "appsettings.json", error);
        Assert.DoesNotContain("two words", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_of_several_sources_are_found_at_once()
    {
        _folder.Write("appsettings.json", """{ "LoadBalancer": { "Rutes": {} } }""");
        var file = _folder.Write("lb.json", """{ "ShutdownTimeout": "soon" }""");
        Set("LoadBalancer__Limits__KeepAliveTimeout", "never");

        Assert.Equal(
            [file, "appsettings.json", "environment variable LoadBalancer__Limits__KeepAliveTimeout"],
            Errors(new RunArguments { ConfigFile = file }).OrderByDescending(error => error.Path, StringComparer.Ordinal).Select(error => error.Source));
    }

    [Fact]
    public void An_error_that_shows_only_in_force_can_be_located_too()
    {
        var file = _folder.Write("lb.json", """{ "Listeners": { "main": { "Url": "http://localhost:1" } } }""");
        var reading = new ConfigurationSource(new RunArguments { ConfigFile = file }, _folder.Path, "Test").Read();

        AssertLocated("Listeners:main:Url", "http://localhost:1", file, Assert.Single(reading.Locate(new ConfigurationException("Listeners:main:Url", "cannot listen")).Errors));
    }

    [Fact]
    public void An_error_is_one_line_with_path_message_and_source() =>
        Assert.Equal("A:b: is wrong (lb.json)", new ConfigurationError("A:b", "is wrong") { Source = "lb.json" }.ToString());

    private static void AssertLocated(string path, string? value, string source, ConfigurationError error) =>
        Assert.Equal((path, value, source), (error.Path, error.Value, error.Source));

    private void Set(string variable, string value)
    {
        _variables.Add(variable);
        Environment.SetEnvironmentVariable(variable, value);
    }

    private ConfigurationError Error(RunArguments arguments) => Assert.Single(Errors(arguments));

    private IReadOnlyList<ConfigurationError> Errors(RunArguments arguments) =>
        Assert.Throws<ConfigurationException>(() => new ConfigurationSource(arguments, _folder.Path, "Test").Read()).Errors;
}
