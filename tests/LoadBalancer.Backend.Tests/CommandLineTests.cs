using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace LoadBalancer.Backend.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--port 99999", "--port must be a number from 0 to 65535, not '99999'")]
    [InlineData("--port web", "--port must be a number from 0 to 65535, not 'web'")]
    [InlineData("--listen localhost", "--listen must be a URL like http://*:8000, not 'localhost'")]
    [InlineData("--listen https://localhost:1", "--listen must be a URL like http://*:8000, not 'https://localhost:1'")]
    [InlineData("--name grün", "--name must be printable ASCII, not 'grün'")]
    [InlineData("--port 1 --listen http://*:2", "--port and --listen exclude each other")]
    [InlineData("--bogus", "Unrecognized command or argument '--bogus'.")]
    public void Mistake_is_told_in_one_line(string commandLine, string error)
    {
        var parsed = new BackendCommand().Parse(commandLine.Split(' '));

        Assert.Equal(error, parsed.Errors[0].Message);
    }

    [Theory]
    [InlineData("--port 8081", "http://localhost:8081")]
    [InlineData("--port 0", "http://127.0.0.1:0")]
    [InlineData("--listen http://*:8000", "http://*:8000")]
    [InlineData("", "")]
    public void Addresses_are_read(string commandLine, string listen)
    {
        var command = new BackendCommand();

        var options = command.OptionsOf(command.Parse(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

        Assert.Equal(listen, string.Join(' ', options.Listen));
    }

    [Fact]
    public async Task Usage_error_ends_the_program_with_2()
    {
        var (exitCode, errors) = await RunAsync("--bogus");

        Assert.Equal((2, "Unrecognized command or argument '--bogus'.\n"), (exitCode, errors));
    }

    [Fact]
    public async Task Taken_port_ends_the_program_with_1_and_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var (exitCode, errors) = await RunAsync("--listen", $"http://{taken.LocalEndpoint}");

        Assert.Equal((1, $"Failed to bind to address http://{taken.LocalEndpoint}: address already in use.\n"), (exitCode, errors));
    }

    private static async Task<(int ExitCode, string Errors)> RunAsync(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "LoadBalancer.Backend.exe" : "LoadBalancer.Backend");
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output + errors.ReplaceLineEndings("\n"));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
