using System.CommandLine;
using System.CommandLine.Completions;
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

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Does what was typed.</summary>
    /// <param name="args">The words.</param>
    /// <param name="cancellationToken">Ends what goes on until it is ended.</param>
    /// <returns>The exit code, one of <see cref="ExitCodes"/>.</returns>
    public async Task<int> InvokeAsync(IReadOnlyList<string> args, CancellationToken cancellationToken = default)
    {
        var root = CreateRoot();
        var parsed = root.Parse(args);
        var isCompletion = root.Directives.OfType<SuggestDirective>().Any(directive => parsed.GetResult(directive) is not null);
        if (parsed.Errors.Count > 0 && !isCompletion && parsed.Action is not HelpAction)
        {
            // The first error is the cause; those after it are mostly its echoes.
            await error.WriteLineAsync($"{parsed.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.')}. See --help.");
            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancellationToken);
    }

    private RootCommand CreateRoot()
    {
        var root = new RootCommand("An HTTP load balancer. Without a command, it runs.");
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            // Not the forms that are a path elsewhere than on Windows, nor the one that a shell expands.
            help.Aliases.Clear();
            help.Aliases.Add("-h");
        }

        AddRun(root);
        var runCommand = new Command("run", "Run the load balancer until Ctrl+C or SIGTERM.");
        AddRun(runCommand);
        root.Add(runCommand);
        new ValidateCommand(output, error).AddTo(root);
        root.Add(HashPasswordCommand.Create(static () => Console.IsInputRedirected ? Console.In : null, output, error));
        new OperatorCommands(output, error, Time).AddTo(root);
        new CompletionCommand(output).AddTo(root);
        return root;
    }

    private void AddRun(Command command)
    {
        _run.AddTo(command);
        command.SetAction(parsed => run(_run.Read(parsed)));
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
