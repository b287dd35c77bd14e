using System.Net;
using System.Net.Sockets;
using LoadBalancer.Testing;
using Microsoft.Extensions.Configuration;

namespace LoadBalancer.IntegrationTests.Host;

/// <summary>What is wrong with a setting, without a program; that a program says it in one line, <see cref="HostProgramTests"/> see.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("abc")]
    [InlineData("2.5")]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("101")]
    [InlineData("99999999999")]
    public void What_is_no_whole_number_within_the_limits_is_told_with_an_example(string text)
    {
        var error = Assert.Throws<DistributedApplicationException>(() => Read("Replicas", text).WholeNumber("Replicas", 3, 0, 100));

        Assert.Equal($"The setting Replicas is '{text}': it must be a whole number from 0 to 100, for example --Replicas=3", error.Message);
    }

    [Theory]
    [InlineData("--Repllicas=3", "Repllicas", "Replicas")]
    [InlineData("--ports:prox", "ports:prox", "Ports:Proxy")]
    [InlineData("--Dashboard:Enable=false", "Dashboard:Enable", "Dashboard:Enabled")]
    public void A_slip_in_a_name_is_told_with_the_name_that_was_meant(string typed, string name, string meant)
    {
        var error = Assert.Throws<DistributedApplicationException>(() => Settings.CheckNames(["--operation", "run", typed]));

        Assert.Equal($"There is no setting {name}: did you mean --{meant}?", error.Message);
    }

    [Fact]
    public void Names_of_ours_and_of_Aspire_are_passed_over() =>
        Settings.CheckNames(["--replicas=3", "--Ports:Proxy", "8080", "--operation", "publish", "--step", "publish", "--output-path", "out", "--environment=x", "--urls=x", "--contentRoot=/"]);

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("http")]
    public void What_is_no_port_is_told_with_an_example(string text)
    {
        var error = Assert.Throws<DistributedApplicationException>(() => _ = Read("Ports:Dashboard", text).DashboardPort);

        Assert.Equal($"The setting Ports:Dashboard is '{text}': it must be a whole number from 1 to 65535, for example --Ports:Dashboard=18888", error.Message);
    }

    [Theory]
    [InlineData("Proxy", "Admin", "load balancer", "admin page")]
    [InlineData("Proxy", "Dashboard", "load balancer", "dashboard")]
    [InlineData("Admin", "Dashboard", "admin page", "dashboard")]
    public void One_port_for_two_uses_is_one_error_that_names_both(string one, string other, string use, string otherUse)
    {
        var error = Assert.Throws<DistributedApplicationException>(() => Ports($"--Ports:{one}=7001", $"--Ports:{other}=7001"));

        Assert.Equal($"Port 7001 is meant for the {use} and for the {otherUse}: choose another with --Ports:{one}=<port> or --Ports:{other}=<port>", error.Message);
    }

    [Theory]
    [InlineData("Proxy", "load balancer")]
    [InlineData("Admin", "admin page")]
    [InlineData("Dashboard", "dashboard")]
    public void A_port_that_is_taken_is_told_with_its_use(string setting, string use)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var ports = Ports($"--Ports:Proxy={FreePort.Next()}", $"--Ports:Admin={FreePort.Next()}", $"--Ports:Dashboard={FreePort.Next()}", $"--Ports:{setting}={port}");

        Assert.False(ports.AreFree);
        Assert.Equal(
            $"Port {port} of the {use} is taken by another program: choose another with --Ports:{setting}=<port>",
            Assert.Throws<DistributedApplicationException>(ports.EnsureFree).Message);
    }

    private static FixedPorts Ports(params string[] typed) => FixedPorts.Read(AppHostBuilder.Create(typed));

    private static IConfiguration Read(string key, string value) => new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
}
