using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class ConfigurationSourceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_any_file_the_defaults_hold() => Assert.Equal(TimeSpan.FromSeconds(30), Read(new RunArguments()).ShutdownTimeout);

    [Fact]
    public void Settings_have_our_section()
    {
        Settings("11s");

        Assert.Equal(TimeSpan.FromSeconds(11), Read(new RunArguments()).ShutdownTimeout);
    }

    [Fact]
    public void Settings_of_the_environment_win_over_common_settings()
    {
        Settings("11s");
        _folder.Write("appsettings.Test.json", """{ "LoadBalancer": { "ShutdownTimeout": "12s" } }""");

        Assert.Equal(TimeSpan.FromSeconds(12), Read(new RunArguments()).ShutdownTimeout);
    }

    [Fact]
    public void The_root_of_the_file_is_our_section_and_wins_over_settings()
    {
        Settings("11s");
        var file = _folder.Write("lb.json", """{ "ShutdownTimeout": "13s" }""");

        Assert.Equal(TimeSpan.FromSeconds(13), Read(new RunArguments { ConfigFile = file }).ShutdownTimeout);
    }

    [Fact]
    public void What_was_typed_wins_over_the_file()
    {
        var file = _folder.Write("lb.json", """{ "ShutdownTimeout": "13s", "Admin": { "Url": "http://localhost:1", "Token": "t" } }""");

        var options = Read(new RunArguments { ConfigFile = file, Admin = "none", Settings = Keys(("LoadBalancer:ShutdownTimeout", "14s")) });

        Assert.Equal((TimeSpan.FromSeconds(14), "none", "t"), (options.ShutdownTimeout, options.Admin.Url, options.Admin.Token));
    }

    [Fact]
    public void The_file_keeps_lists_and_nested_keys()
    {
        var file = _folder.Write("lb.json", """
            {
              // Comments and trailing commas are fine.
              "Clusters": { "web": { "Destinations": { "b": { "Address": "http://b" }, "a": { "Address": "http://a" } } } },
              "Routes": { "r": { "ClusterId": "web", "Match": { "Hosts": [ "x", "y" ] } } },
            }
            """);

        var options = Read(new RunArguments { ConfigFile = file });

        Assert.Equal(["x", "y"], options.Routes["r"].Match.Hosts);
        Assert.Equal("http://b", options.Clusters["web"].Destinations["b"].Address);
    }

    [Fact]
    public void Services_stand_beside_our_section()
    {
        var source = Source(new RunArguments { Settings = Keys(("services:backend:http:0", "http://h:1")) });

        Assert.Equal(["http://h:1"], source.Read().Services.Find(new Uri("http://backend")));
    }

    [Fact]
    public void Errors_of_reading_and_of_checking_come_together()
    {
        var file = _folder.Write("lb.json", """{ "ShutdownTimeout": "soon", "Admin": { "Url": "9901" }, "Clusters": { "a": {}, "b": {} } }""");

        Assert.Equal(["ShutdownTimeout", "Admin:Url", "Routes"], Errors(new RunArguments { ConfigFile = file }).Select(error => error.Path));
    }

    [Fact]
    public void A_bad_key_of_the_settings_is_an_error_of_ours_only_within_our_section()
    {
        _folder.Write("appsettings.json", """{ "Logging": { "Whatever": 1 }, "LoadBalancer": { "Whatever": 1 } }""");

        Assert.Equal(["Whatever"], Errors(new RunArguments()).Select(error => error.Path));
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var file = _folder["missing.json"];

        Assert.Equal([new ConfigurationError("", $"cannot read {file}: there is no such file")], Errors(new RunArguments { ConfigFile = file }));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        var file = Path.Combine(_folder["missing"], "lb.json");

        Assert.Equal([new ConfigurationError("", $"cannot read {file}: there is no such file")], Errors(new RunArguments { ConfigFile = file }));
    }

    [Fact]
    public void Bad_json_in_the_file_is_one_error_with_file_and_line()
    {
        var file = _folder.Write("lb.json", "{\n  \"ShutdownTimeout\": \"1s\"\n  \"Admin\": {}\n}");

        var error = Assert.Single(Errors(new RunArguments { ConfigFile = file }));
        Assert.StartsWith($"{file}: not valid JSON at line 3: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, error.Message.Split("not valid JSON").Length);
    }

    [Fact]
    public void An_empty_file_is_said_to_be_empty()
    {
        var file = _folder.Write("lb.json", "");

        Assert.Equal([new ConfigurationError("", $"{file}: not valid JSON at line 1: the text is empty, and the least is {{}}")], Errors(new RunArguments { ConfigFile = file }));
    }

    [Fact]
    public void What_is_wrong_with_a_part_is_not_told_of_the_whole_as_well()
    {
        var file = _folder.Write("lb.json", """
            {
              "Overload": { "MaxMemory": "1GB" },
              "Routes": { "all": { "ClusterId": "web", "Compression": { "Codings": [ "Deflate" ] } } },
              "Clusters": { "web": { "Destinations": { "a": { "Address": "http://one:1" } } } }
            }
            """);

        Assert.Equal(["Overload:MaxMemory", "Routes:all:Compression:Codings:0"], Errors(new RunArguments { ConfigFile = file }).Select(error => error.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Bad_json_in_the_settings_is_one_error_with_file_and_line()
    {
        var file = _folder.Write("appsettings.json", "{\n  nonsense\n}");

        var error = Assert.Single(Errors(new RunArguments()));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains("not valid JSON at line 2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[ 1, 2 ]")]
    [InlineData("\"text\"")]
    public void A_file_whose_root_is_no_object_is_an_error_with_the_file(string json)
    {
        var file = _folder.Write("lb.json", json);

        Assert.StartsWith($"{file}: ", Assert.Single(Errors(new RunArguments { ConfigFile = file })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_stands_twice_is_an_error_with_the_file()
    {
        var file = _folder.Write("lb.json", """{ "ShutdownTimeout": "1s", "shutdowntimeout": "2s" }""");

        Assert.StartsWith($"{file}: ", Assert.Single(Errors(new RunArguments { ConfigFile = file })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_reading_reads_anew()
    {
        var file = _folder.Write("lb.json", """{ "ShutdownTimeout": "1s" }""");
        var source = Source(new RunArguments { ConfigFile = file });
        source.Read();

        _folder.Write("lb.json", """{ "ShutdownTimeout": "2s" }""");

        Assert.Equal(TimeSpan.FromSeconds(2), source.Read().Options.ShutdownTimeout);
    }

    [Fact]
    public void The_host_is_told_of_logging_and_telemetry_and_of_nothing_else()
    {
        _folder.Write("appsettings.json", """
            {
              "Logging": { "LogLevel": { "Default": "Debug" } }, "OTEL_SERVICE_NAME": "lb", "LoadBalancer": { "ShutdownTimeout": "1s" },
              "AllowedHosts": "example.org", "Kestrel": { "Endpoints": { "x": { "Url": "http://localhost:1" } } }, "urls": "http://localhost:1"
            }
            """);

        var host = Source(new RunArguments()).Read().Host;

        Assert.Equal(
            ["Logging:LogLevel:Default=Debug", "OTEL_SERVICE_NAME=lb"],
            host.Where(setting => setting.Value is not null && !Environment.GetEnvironmentVariables().Contains(setting.Key))
                .Select(setting => $"{setting.Key}={setting.Value}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{ "Logging": { "LogLevel": { "Default": "loud" } } }""", "Logging:LogLevel:Default")]
    [InlineData("""{ "Logging": { "Console": { "LogLevel": { "Default": "loud" } } } }""", "Logging:Console:LogLevel:Default")]
    public void A_log_level_that_there_is_not_is_an_error_with_its_path(string json, string path)
    {
        _folder.Write("appsettings.json", json);

        Assert.Equal(path, Assert.Single(Errors(new RunArguments())).Path);
    }

    private void Settings(string shutdownTimeout) =>
        _folder.Write("appsettings.json", $$"""{ "LoadBalancer": { "ShutdownTimeout": "{{shutdownTimeout}}" } }""");

    private LoadBalancerOptions Read(RunArguments arguments) => Source(arguments).Read().Options;

    private IReadOnlyList<ConfigurationError> Errors(RunArguments arguments) =>
        Assert.Throws<ConfigurationException>(() => Source(arguments).Read()).Errors;

    private ConfigurationSource Source(RunArguments arguments) => new(arguments, _folder.Path, "Test");

    private static Dictionary<string, string?> Keys(params (string Key, string Value)[] keys) => keys.ToDictionary(key => key.Key, key => (string?)key.Value);
}
