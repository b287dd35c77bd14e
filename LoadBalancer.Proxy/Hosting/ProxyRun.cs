using System.Runtime.InteropServices;
using LoadBalancer.Proxy.CommandLine;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>Runs the program from its first line to its exit code.</summary>
internal static class ProxyRun
{
    // The runtime reads it once, before its first socket.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Runs the proxy until it is told to stop. What goes wrong before it listens is one line on the error output, or one for each error of the configuration.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(RunArguments arguments)
    {
        // What comes from a destination goes on where it was noticed: to wake another thread for it costs more than what there is to do. Nothing in this process blocks.
        Environment.SetEnvironmentVariable(InlineCompletions, Environment.GetEnvironmentVariable(InlineCompletions) ?? "1");

        WebApplication app;
        try
        {
            app = ProxyApplication.Create(arguments);
        }
        catch (Exception exception) when (exception is ConfigurationException or InvalidDataException or InvalidOperationException or IOException or ArgumentException)
        {
            // The settings that the host reads before we do may be just as wrong.
            return Fail(ExitCodes.Failure, exception.Message);
        }

        await using (app)
        {
            try
            {
                app.Services.GetRequiredService<ConfigurationReading>().MustServe();
            }
            catch (ConfigurationException exception)
            {
                return arguments.ConfigFile is null
                    ? Fail(ExitCodes.Usage, "no servers: give --servers host:port,host:port or --config file.json. See --help.")
                    : Fail(ExitCodes.Failure, exception.Message);
            }

            using var hangup = HearHangup(app);
            try
            {
                await app.StartAsync();
            }
            catch (OperationCanceledException)
            {
                // Told to stop before it had started.
                return ExitCodes.Success;
            }
            catch (ConfigurationException exception)
            {
                return Fail(ExitCodes.Failure, exception.Errors.All(error => error.IsOfSocket)
                    ? $"{exception.Message.TrimEnd('.')}. Another address: --listen for requests, --admin for the operator, or the file's Listeners and Admin."
                    : exception.Message);
            }

            using var interrupt = HearInterrupts();
            await app.WaitForShutdownAsync();
            return ExitCodes.Success;
        }
    }

    // Who presses Ctrl+C again does not want to wait for the requests in flight. SIGTERM is not counted: a supervisor may send it after the terminal's SIGINT.
    private static PosixSignalRegistration HearInterrupts()
    {
        var interrupts = 0;
        return PosixSignalRegistration.Create(PosixSignal.SIGINT, _ =>
        {
            if (Interlocked.Increment(ref interrupts) > 1)
            {
                Environment.Exit(ExitCodes.Failure);
            }
        });
    }

    // From a terminal, that it was closed; from anyone else, by old custom, the wish to have the configuration read again.
    private static PosixSignalRegistration? HearHangup(WebApplication app) => OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
    {
        signal.Cancel = true;
        if (Console.IsInputRedirected)
        {
            app.Services.GetRequiredService<ConfigurationInForce>().RequestReload();
        }
        else
        {
            app.Lifetime.StopApplication();
        }
    });

    private static int Fail(int code, string message)
    {
        Console.Error.WriteLine(message);
        return code;
    }
}
