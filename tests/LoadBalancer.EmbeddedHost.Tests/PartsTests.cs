using LoadBalancer.EmbeddedHost.Running;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>The parts of the host that need no process.</summary>
public sealed class PartsTests
{
    [Fact]
    public void Those_that_are_referred_to_come_first()
    {
        var builder = TestApplication.Describe();
        var proxy = builder.AddBackend("proxy");
        var database = builder.AddBackend("database");
        var backend = builder.AddBackend("backend").WithReference(database, "database");
        proxy.WithReference(backend, "backend");

        var levels = DependencyOrder.Levels(builder.Resources);

        Assert.Equal([["database"], ["backend"], ["proxy"]], levels.Select(level => level.Select(resource => resource.Name)));
    }

    [Fact]
    public void A_circle_of_references_is_one_level()
    {
        var builder = TestApplication.Describe();
        var one = builder.AddBackend("one");
        one.WithReference(builder.AddBackend("two").WithReference(one, "one"), "two");

        Assert.Equal(2, Assert.Single(DependencyOrder.Levels(builder.Resources)).Count);
    }

    [Fact]
    public void Found_ports_are_different_and_below_those_of_outgoing_connections()
    {
        var builder = TestApplication.Describe();
        for (var n = 0; n < 20; n++)
        {
            builder.AddBackend($"backend-{n}");
        }

        Allocate(builder);

        var ports = builder.Resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>()).Select(endpoint => endpoint.Port!.Value).ToArray();
        Assert.Equal(20, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 1024, 32_767));
    }

    [Fact]
    public void One_port_for_two_endpoints_is_an_error_that_names_both_and_their_settings()
    {
        var builder = TestApplication.Describe();
        builder.AddProject<Projects.LoadBalancer_Backend>("one", launchProfileName: null).WithHttpEndpoint(port: 12_345, isProxied: false);
        builder.AddProject<Projects.LoadBalancer_Backend>("two", launchProfileName: null).WithHttpEndpoint(port: 12_345, isProxied: false);

        var error = Assert.Throws<DistributedApplicationException>(() => Allocate(builder, ("Ports:One", "12345"), ("Ports:Two", "12345")));

        Assert.Contains("'http' of 'one'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'http' of 'two'", error.Message, StringComparison.Ordinal);
        Assert.Matches(@"--Ports:One=\d+ or --Ports:Two=\d+$", error.Message);
        Assert.DoesNotContain("end the program", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_resources_of_one_name_are_refused()
    {
        var builder = TestApplication.Describe();
        builder.AddBackend("backend");

        Assert.Throws<DistributedApplicationException>(() => builder.AddBackend("BACKEND"));
    }

    [Fact]
    public void Two_endpoints_of_one_name_are_refused()
    {
        var backend = TestApplication.Describe().AddBackend("backend");

        Assert.Throws<DistributedApplicationException>(() => backend.WithHttpEndpoint(name: "http"));
    }

    [Fact]
    public void A_terminal_gets_colours_and_a_file_gets_none()
    {
        var plain = new StringWriter();
        var coloured = new StringWriter();

        new ConsoleOutput(plain, colours: false).WriteLine("proxy", "hello");
        new ConsoleOutput(coloured, colours: true).WriteLine("proxy", "hello");

        Assert.Equal("proxy   | hello", plain.ToString().TrimEnd());
        Assert.Equal("\e[36mproxy   |\e[0m hello", coloured.ToString().TrimEnd());
    }

    [Fact]
    public void The_build_generates_a_class_for_each_project()
    {
        Assert.All<IProgramMetadata>([new Projects.LoadBalancer_Backend(), new Projects.LoadBalancer_Proxy()], project =>
        {
            Assert.True(File.Exists(project.ProjectPath), project.ProjectPath);
            Assert.True(File.Exists(OperatingSystem.IsWindows() ? $"{project.ProgramPath}.exe" : project.ProgramPath), project.ProgramPath);
            Assert.True(project.SuppressBuild);
        });
        Assert.True(File.Exists(Path.Combine(Projects.LoadBalancer_AppHost.ProjectPath, "AppHost.cs")));
    }

    private static void Allocate(DistributedApplicationBuilder builder, params (string Key, string? Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => setting.Value)).Build();
        new PortAllocator(configuration, new Random(1)).Allocate(builder.Resources);
    }
}
