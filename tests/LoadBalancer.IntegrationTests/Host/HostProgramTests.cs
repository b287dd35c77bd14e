using System.Net;
using System.Net.Sockets;
using LoadBalancer.Testing;

namespace LoadBalancer.IntegrationTests.Host;

/// <summary>The AppHost as its user meets it: a program in a terminal.</summary>
public sealed class HostProgramTests
{
    // One of each kind of child.
    private const string Small = "--Replicas=1";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static bool OnLinux => OperatingSystem.IsLinux();

    [Fact(Skip = "Only Linux shows the processes of others", SkipUnless = nameof(OnLinux))]
    public async Task Once_it_says_that_it_is_up_it_serves_and_after_Ctrl_C_nothing_is_left()
    {
        await using var host = HostProgram.StartOnFreePorts();
        var began = TimeProvider.System.GetTimestamp();
        var places = await host.UpAsync();
        TestContext.Current.SendDiagnosticMessage($"up after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");

        Assert.Equal(["admin page", "backend-1", "backend-2", "backend-3", "dashboard", "load balancer"], places.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("/login?t=", places["dashboard"], StringComparison.Ordinal);
        using var client = new HttpClient();
        var answers = new List<string>();
        for (var n = 0; n < 9; n++)
        {
            answers.Add(await client.GetStringAsync(new Uri(places["load balancer"]), Cancelled));
        }
        Assert.All(answers.GroupBy(answer => answer), group => Assert.Equal(3, group.Count()));

        var children = host.Children();
        Assert.True(children.Count >= 6, $"{children.Count} children");
        host.Signal(HostProgram.SigInt);

        Assert.Equal(0, await host.ExitAsync());
        Assert.DoesNotContain(children, HostProgram.IsAlive);
        Assert.All([.. host.Ports, .. places.Values.Select(place => new Uri(place).Port)], port => Assert.True(FreePort.IsFree(port), $"{port} is taken"));
        Assert.Empty(host.Errors);
    }

    [Fact(Skip = "Only Linux shows the processes of others", SkipUnless = nameof(OnLinux))]
    public async Task Told_to_end_it_leaves_nothing_either()
    {
        await using var host = HostProgram.StartOnFreePorts(Small);
        await host.SeesAsync("The load balancer is up.");
        var children = host.Children();
        Assert.NotEmpty(children);

        host.Signal(HostProgram.SigTerm);

        Assert.Equal(0, await host.ExitAsync());
        Assert.DoesNotContain(children, HostProgram.IsAlive);
        Assert.All(host.Ports, port => Assert.True(FreePort.IsFree(port), $"{port} is taken"));
        Assert.Empty(host.Errors);
    }

    [Theory(Skip = "Only Linux shows the processes of others", SkipUnless = nameof(OnLinux))]
    [InlineData("The load balancer is up.")]
    [InlineData("Starting the load balancer")]
    public async Task Killing_it_leaves_no_child_behind(string when)
    {
        await using var host = HostProgram.StartOnFreePorts(Small);
        await host.SeesAsync(when);
        var children = host.Children();
        Assert.NotEmpty(children);

        host.Signal(HostProgram.SigKill);

        await host.ExitAsync();
        await LoadBalancerApp.EventuallyAsync(
            () => Task.FromResult(!children.Any(HostProgram.IsAlive) && host.Ports.All(FreePort.IsFree)), "the end of all children", TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_taken_port_is_one_line_that_names_it_and_the_way_out()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        await using var host = HostProgram.StartOnFreePorts($"--Ports:Admin={port}");

        Assert.Equal(1, await host.ExitAsync());
        Assert.Equal($"Port {port} of the admin page is taken by another program: choose another with --Ports:Admin=<port>", Assert.Single(host.Errors));
        Assert.Empty(host.Output);
    }

    [Theory]
    [InlineData("Replicas", "abc", "0 to 100")]
    [InlineData("Ports:Proxy", "99999", "1 to 65535")]
    [InlineData("Dashboard:Enabled", "no", "true or false")]
    [InlineData("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", "maybe", "true or false")]
    public async Task A_wrong_setting_is_one_line_with_the_values_it_may_have(string key, string value, string allowed)
    {
        await using var host = HostProgram.StartOnFreePorts($"--{key}={value}");

        Assert.Equal(1, await host.ExitAsync());
        var line = Assert.Single(host.Errors);
        Assert.Contains($"{key} is '{value}'", line, StringComparison.Ordinal);
        Assert.Contains(allowed, line, StringComparison.Ordinal);
        Assert.Empty(host.Output);
    }
}
