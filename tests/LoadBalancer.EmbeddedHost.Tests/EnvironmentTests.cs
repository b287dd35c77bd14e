namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>What a project finds in its environment.</summary>
public sealed class EnvironmentTests
{
    [Fact]
    public async Task A_project_gets_what_Aspire_gives_it()
    {
        var builder = TestApplication.Describe("--OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317", "--AppHost:OtlpApiKey=abc");
        builder.AddBackend("backend");
        await using var application = await builder.StartAsync();

        var variables = application.Snapshot("backend").EnvironmentVariables.ToDictionary(variable => variable.Name, variable => variable.Value);
        Assert.Equal(application.Snapshot("backend").Urls[0].Url, variables["ASPNETCORE_URLS"]);
        Assert.Equal("http://localhost:4317", variables["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal("grpc", variables["OTEL_EXPORTER_OTLP_PROTOCOL"]);
        Assert.Equal("x-otlp-api-key=abc", variables["OTEL_EXPORTER_OTLP_HEADERS"]);
        Assert.Equal("backend", variables["OTEL_SERVICE_NAME"]);
        Assert.Matches("^service\\.instance\\.id=[0-9a-f]{8}$", variables["OTEL_RESOURCE_ATTRIBUTES"]);
        Assert.Equal("1000", variables["OTEL_METRIC_EXPORT_INTERVAL"]);
        Assert.Equal("1000", variables["OTEL_BSP_SCHEDULE_DELAY"]);
        Assert.Equal("1000", variables["OTEL_BLRP_SCHEDULE_DELAY"]);
        Assert.Equal("always_on", variables["OTEL_TRACES_SAMPLER"]);
        Assert.Equal("trace_based", variables["OTEL_METRICS_EXEMPLAR_FILTER"]);
    }

    [Fact]
    public async Task Resources_referred_to_under_one_name_are_counted_up()
    {
        var builder = TestApplication.Describe();
        var user = builder.AddBackend("user");
        for (var n = 1; n <= 3; n++)
        {
            user.WithReference(builder.AddBackend($"backend-{n}"), "backend");
        }
        await using var application = await builder.StartAsync();

        var variables = application.Snapshot("user").EnvironmentVariables.ToDictionary(variable => variable.Name, variable => variable.Value);
        for (var n = 0; n < 3; n++)
        {
            Assert.Equal(application.Snapshot($"backend-{n + 1}").Urls[0].Url, variables[$"services__backend__http__{n}"]);
        }
        Assert.Equal(variables["services__backend__http__2"], variables["backend_HTTP"]);
    }

    [Fact]
    public async Task Variables_may_hold_parts_of_addresses()
    {
        var builder = TestApplication.Describe();
        var backend = builder.AddBackend("backend");
        backend
            .WithEnvironment("TEXT", "plain")
            .WithEnvironment("WHERE", $"tcp://*:{backend.GetEndpoint("http").Property(EndpointProperty.TargetPort)}/x")
            .WithEnvironment(context => context.EnvironmentVariables["CALLED"] = context.Resource.Name);
        await using var application = await builder.StartAsync();

        var variables = application.Snapshot("backend").EnvironmentVariables.ToDictionary(variable => variable.Name, variable => variable.Value);
        Assert.Equal("plain", variables["TEXT"]);
        Assert.Equal($"tcp://*:{new Uri(variables["ASPNETCORE_URLS"]!).Port}/x", variables["WHERE"]);
        Assert.Equal("backend", variables["CALLED"]);
    }

    [Fact(Skip = "Needs /proc", SkipUnless = nameof(OnLinux))]
    public async Task What_is_meant_for_the_host_is_not_handed_down()
    {
        Environment.SetEnvironmentVariable("ASPNETCORE_CONTENTROOT", "/of-the-host");
        Environment.SetEnvironmentVariable("LB_TEST_SURROUNDINGS", "handed down");
        try
        {
            var builder = TestApplication.Describe();
            builder.AddBackend("backend");
            await using var application = await builder.StartAsync();

            var file = $"/proc/{application.Snapshot("backend").ProcessId()}/environ";
            var variables = (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Split('\0');
            Assert.Contains("LB_TEST_SURROUNDINGS=handed down", variables);
            Assert.DoesNotContain(variables, variable => variable.StartsWith("ASPNETCORE_CONTENTROOT", StringComparison.Ordinal));
            Assert.Contains(variables, variable => variable.StartsWith("DOTNET_ROOT=", StringComparison.Ordinal));
        }
        finally
        {
            Environment.SetEnvironmentVariable("ASPNETCORE_CONTENTROOT", null);
            Environment.SetEnvironmentVariable("LB_TEST_SURROUNDINGS", null);
        }
    }

    public static bool OnLinux => OperatingSystem.IsLinux();
}
