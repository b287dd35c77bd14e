using System.Net;
using System.Net.Sockets;
using LoadBalancer.EmbeddedHost.Launching;
using LoadBalancer.EmbeddedHost.Running;

namespace LoadBalancer.EmbeddedHost.Tests;

/// <summary>The host as its user meets it: a program in a terminal.</summary>
public sealed class HostProgramTests
{
    private const int Sigint = 2;

    [Fact(Skip = "Only Linux promises this", SkipUnless = nameof(OnLinux))]
    public async Task Killing_the_host_leaves_no_child_behind()
    {
        await using var host = HostProgram.Start();
        await host.SeesAsync("proxy: Healthy");
        var children = host.Children();
        Assert.Equal(4, children.Count);

        host.Signal(Posix.Sigkill);

        await host.ExitAsync();
        await Eventually.TrueAsync(() => !children.Any(HostProgram.IsAlive), "the end of all children");
    }

    [Fact(Skip = "Only Linux promises this", SkipUnless = nameof(OnLinux))]
    public async Task Killing_the_host_in_the_middle_of_its_start_leaves_no_child_behind()
    {
        await using var host = HostProgram.Start();
        await host.SeesAsync("backend-1: Running");
        var children = host.Children();

        host.Signal(Posix.Sigkill);

        await host.ExitAsync();
        await Eventually.TrueAsync(() => !children.Any(HostProgram.IsAlive), "the end of all children");
    }

    [Theory(Skip = "Windows has no signals", SkipUnless = nameof(OnLinux))]
    [InlineData(Posix.Sigterm)]
    [InlineData(Sigint)]
    public async Task A_signal_ends_the_proxy_before_the_backends_and_frees_all_ports(int signal)
    {
        await using var host = HostProgram.Start();
        await host.SeesAsync("proxy: Healthy");
        var children = host.Children();

        host.Signal(signal);

        Assert.Equal(0, await host.ExitAsync());
        var output = host.Output.ToList();
        var proxyEnd = output.FindIndex(line => line.Contains("proxy: Exited", StringComparison.Ordinal));
        var backendStop = output.FindIndex(line => line.Contains("backend-1: Stopping", StringComparison.Ordinal));
        Assert.InRange(proxyEnd, 0, backendStop);
        Assert.DoesNotContain(children, HostProgram.IsAlive);
        Assert.All([host.ProxyPort, host.AdminPort, .. host.BackendPorts().Values], port => Assert.True(PortAllocator.IsFree(port), $"{port} is taken"));
    }

    [Fact(Skip = "The surroundings of a process can be read on Linux", SkipUnless = nameof(OnLinux))]
    public async Task A_proxy_for_the_world_does_not_stand_before_the_resources()
    {
        const string nobody = "http://127.0.0.1:9";
        await using var host = HostProgram.Start(
            new Dictionary<string, string> { ["http_proxy"] = nobody, ["HTTP_PROXY"] = nobody, ["no_proxy"] = "", ["NO_PROXY"] = "" },
            "--Replicas=1");

        await host.SeesAsync("backend-1: Healthy");
        await host.SeesAsync("proxy: Healthy");
        Assert.All(host.Children(), child => Assert.Matches("NO_PROXY=localhost,", HostProgram.SurroundingsOf(child)));
    }

    [Fact]
    public async Task A_taken_port_is_one_line_with_the_way_out()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        await using var host = HostProgram.StartOnPort(port);

        Assert.Equal(1, await host.ExitAsync());
        var line = Assert.Single(host.Errors);
        Assert.Contains($"Port {port}", line, StringComparison.Ordinal);
        Assert.Contains("'proxy'", line, StringComparison.Ordinal);
        Assert.Contains("--Ports:Proxy=", line, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Output, text => text.Contains("Starting", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Replicas", "abc", "0 to 100")]
    [InlineData("Replicas", "2.5", "0 to 100")]
    [InlineData("Replicas", "", "0 to 100")]
    [InlineData("Replicas", "-1", "0 to 100")]
    [InlineData("Ports:Proxy", "abc", "1 to 65535")]
    [InlineData("Ports:Proxy", "99999", "1 to 65535")]
    [InlineData("Ports:Dashboard", "70000", "1 to 65535")]
    [InlineData("Dashboard:Enabled", "no", "true or false")]
    [InlineData("ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS", "maybe", "true or false")]
    public async Task A_wrong_setting_is_one_line_with_the_values_it_may_have(string key, string value, string allowed)
    {
        // Switched off, nothing of the dashboard would be read.
        await using var host = HostProgram.Start("--Dashboard:Enabled=true", $"--{key}={value}");

        Assert.Equal(1, await host.ExitAsync());
        var line = Assert.Single(host.Errors);
        Assert.Contains($"{key} is '{value}'", line, StringComparison.Ordinal);
        Assert.Contains(allowed, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_console_line_begins_with_the_name_of_its_resource()
    {
        await using var host = HostProgram.Start("--Replicas=1");
        await host.SeesAsync("proxy: Healthy");
        await host.SeesAsync("backend-1 | ");

        Assert.All(host.Output.Skip(1), line => Assert.Matches(@"^(apphost  |backend-1|proxy    ) \| ", line));
        Assert.DoesNotContain(host.Output, line => line.Contains('\e'));
    }

    [Fact]
    public async Task A_bad_turn_in_the_health_of_the_proxy_names_the_backend()
    {
        await using var host = HostProgram.Start("--Replicas=2");
        await host.SeesAsync("proxy: Healthy");
        using var client = new HttpClient { BaseAddress = new Uri($"http://localhost:{host.BackendPorts()["backend-2"]}") };

        using var answer = await client.PostAsync(new Uri("/faults/health?status=500", UriKind.Relative), null, TestContext.Current.CancellationToken);

        await host.SeesAsync("backend-2: Unhealthy (status code 500, expected 200)");
        await host.SeesAsync("proxy: Degraded (lb_backend-2: Unhealthy: status code: 500)");
    }

    [Fact]
    public async Task The_first_line_says_which_host_it_is()
    {
        await using var host = HostProgram.Start("--Replicas=0");
        await host.SeesAsync("proxy: Healthy");

        Assert.Equal("LoadBalancer on LoadBalancer.EmbeddedHost", host.Output[0]);
    }

    public static bool OnLinux => OperatingSystem.IsLinux();
}
