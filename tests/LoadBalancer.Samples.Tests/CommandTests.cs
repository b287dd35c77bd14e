using System.Net;
using System.Net.Sockets;
using LoadBalancer.Testing;

namespace LoadBalancer.Samples.Tests;

/// <summary>What commands of the samples do beyond what their READMEs show.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task Dotnet_run_takes_paths_from_where_it_is_typed()
    {
        // The build of the tests has made both; the sources of the other configuration may never have been built.
        var configuration = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!;
        await using var run = Terminal.Start(
            "dotnet",
            ["run", "--no-build", "--configuration", configuration, "--project", "LoadBalancer.Proxy", "--", "validate", "--config", "samples/coding-challenge/loadbalancer.json"],
            []);

        Assert.True(await run.WaitForExitAsync() == 0, run.Transcript);
    }

    [Theory]
    [InlineData("samples/red-blue/start.sh", "RED_PORT")]
    [InlineData("samples/round-robin/run.sh", "WEB1_PORT")]
    public async Task A_script_whose_port_is_taken_says_so_and_starts_nothing(string script, string variable)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the scripts need bash");
        using var holder = new TcpListener(IPAddress.Loopback, FreePort.Next());
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port.ToString(null as IFormatProvider);
        var ports = new PortMap().VariablesOf(Repository.Read(script)).ToDictionary();
        ports[variable] = port;

        await using var run = Terminal.Start("bash", [Repository.PathOf(script)], ports);

        Assert.Equal(1, await run.WaitForExitAsync());
        Assert.Equal($"port {port} is in use; the variables at the top of {Path.GetFileName(script)} choose other ports", run.Transcript);
    }
}
