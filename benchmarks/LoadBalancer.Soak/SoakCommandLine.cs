using System.CommandLine;
using System.CommandLine.Help;
using LoadBalancer.Compare;
using LoadBalancer.Soak.Scenarios;

namespace LoadBalancer.Soak;

/// <summary>The command line.</summary>
/// <param name="run">Does what was asked, and gives the exit code.</param>
/// <param name="output">Where help goes.</param>
/// <param name="error">Where errors go, one line each.</param>
internal sealed class SoakCommandLine(Func<SoakOptions, Task<int>> run, TextWriter output, TextWriter error)
{
    private const int FewestSeconds = 60;

    private readonly Option<string[]> _scenarios = new("--scenario")
    {
        Description = $"A scenario to run; repeatable. [default: all] {string.Join(", ", Scenario.Names)}",
        HelpName = "name",
    };

    private readonly Option<int> _seconds = new("--seconds")
    {
        Description = "How long one round of faults takes.",
        HelpName = "n",
        DefaultValueFactory = _ => SoakOptions.DefaultSeconds,
    };

    private readonly Option<bool> _quick = new("--quick") { Description = "Faults of one destination only, and shorter loads: to see that everything works, not to judge." };

    /// <summary>Does what was typed.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> InvokeAsync(IReadOnlyList<string> args)
    {
        var root = new RootCommand("Breaks destinations under load, and says what clients see of it.") { _scenarios, _seconds, _quick };
        _scenarios.AcceptOnlyFromAmong([.. Scenario.Names]);
        _seconds.Validators.Add(result =>
        {
            // A destination must have the time to be found out, and to be back before the next one fails.
            if (result.GetValueOrDefault<int>() < FewestSeconds)
            {
                result.AddError($"--seconds is at least {FewestSeconds}");
            }
        });
        root.SetAction(parsed => run(new SoakOptions
        {
            Scenarios = parsed.GetValue(_scenarios) is { Length: > 0 } some ? some : Scenario.Names,
            Round = TimeSpan.FromSeconds(parsed.GetValue(_seconds)),
            IsQuick = parsed.GetValue(_quick),
        }));
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            await error.WriteLineAsync($"{parsed.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.')}. See --help.");
            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }
}
