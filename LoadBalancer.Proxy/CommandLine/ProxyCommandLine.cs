using System.CommandLine;
using System.CommandLine.Help;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>The command line: which commands there are, and what each makes of what was typed.</summary>
/// <param name="run">Runs the proxy to its end, and gives the exit code.</param>
/// <param name="output">Where answers go.</param>
/// <param name="error">Where errors go, one line each.</param>
internal sealed class ProxyCommandLine(Func<RunArguments, Task<int>> run, TextWriter output, TextWriter error)
{
    private readonly RunCommandLine _run = new();

    /// <summary>Does what was typed.</summary>
    /// <returns>The exit code, one of <see cref="ExitCodes"/>.</returns>
    public async Task<int> InvokeAsync(IReadOnlyList<string> args)
    {
        var parsed = CreateRoot().Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            // The first error is the cause; those after it are mostly its echoes.
            await error.WriteLineAsync($"{parsed.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.')}. See --help.");
            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private RootCommand CreateRoot()
    {
        var root = new RootCommand("An HTTP load balancer. Without a command, it runs.");
        AddRun(root);
        var runCommand = new Command("run", "Run the load balancer until Ctrl+C or SIGTERM.");
        AddRun(runCommand);
        root.Add(runCommand);
        root.Add(CreateValidate());
        root.Add(HashPasswordCommand.Create(static () => Console.IsInputRedirected ? Console.In : null, output, error));
        new OperatorCommands(output, error).AddTo(root);
        return root;
    }

    private void AddRun(Command command)
    {
        _run.AddTo(command);
        command.SetAction(parsed => run(_run.Read(parsed)));
    }

    private Command CreateValidate()
    {
        var config = RunCommandLine.CreateConfig("The file to check.");
        config.Required = true;
        var explain = new Option<bool>("--explain") { Description = "Say as well which engine serves each listener, and why." };
        var validate = new Command("validate", "Check a configuration file, and say everything that is wrong with it.") { config, explain };
        validate.SetAction(parsed => Validate(new RunArguments { ConfigFile = parsed.GetValue(config) }, parsed.GetValue(explain)));
        return validate;
    }

    private int Validate(RunArguments arguments, bool explains)
    {
        ConfigurationReading reading;
        try
        {
            reading = new ConfigurationSource(arguments, Directory.GetCurrentDirectory(), Environments.Production).Read();
            reading.MustServe();
        }
        catch (ConfigurationException exception)
        {
            error.WriteLine(exception.Message);
            return ExitCodes.Failure;
        }

        output.WriteLine("configuration is valid");
        foreach (var line in explains ? reading.ExplainEngines() : [])
        {
            output.WriteLine(line);
        }

        return ExitCodes.Success;
    }
}

/// <summary>What the process tells who started it.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>What was asked could not be done.</summary>
    public const int Failure = 1;

    /// <summary>What was asked could not be understood.</summary>
    public const int Usage = 2;
}
