using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Globalization;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Scenarios;

namespace LoadBalancer.Compare;

/// <summary>The command line.</summary>
/// <param name="run">Does what was asked, and gives the exit code.</param>
/// <param name="output">Where help goes.</param>
/// <param name="error">Where errors go, one line each.</param>
internal sealed class CompareCommandLine(Func<CompareOptions, Task<int>> run, TextWriter output, TextWriter error)
{
    private const int MostStarts = 99;

    private readonly Option<Scenario[]> _scenarios = new("--scenario")
    {
        Description = $"A scenario to run; repeatable. [default: all] {string.Join("; ", Scenario.All.Select(scenario => $"{scenario.Name}: {scenario.Description}"))}",
        HelpName = "name",
        CustomParser = ParseScenarios,
    };

    private readonly Option<string[]> _proxies = new("--proxy")
    {
        Description = $"A proxy to measure; repeatable. [default: all] {string.Join(", ", CompareRun.ProxyNames)}",
        HelpName = "name",
        CustomParser = static result => Parse(
            result,
            static name => CompareRun.ProxyNames.Contains(name) ? name : null,
            static name => $"--proxy '{name}' is not one of {string.Join(", ", CompareRun.ProxyNames)}"),
    };

    private readonly Option<string?> _nginx = CreateFile("--nginx", "The nginx to compare with. [default: the one that is installed]");
    private readonly Option<string?> _haproxy = CreateFile("--haproxy", "The HAProxy to compare with. [default: the one that is installed]");
    private readonly Option<string?> _caddy = CreateFile("--caddy", "The Caddy to compare with. [default: the one that is installed]");
    private readonly Option<string?> _before = CreateFile("--before", "Another build of LoadBalancer.Proxy to compare with, such as the one before a change.");
    private readonly Option<NamedProgram[]> _builds = new("--build")
    {
        Description = $"Another build of LoadBalancer.Proxy, such as one that was published, under a name of its own; repeatable. Written {NamedProgram.Form}",
        HelpName = "name=path",
        CustomParser = static result => Parse(result, NamedProgram.TryParse, static text => $"--build '{text}' is not written {NamedProgram.Form}"),
    };

    private readonly Option<Bar[]> _bars = new("--bar")
    {
        Description = $"A goal to judge; repeatable. Written {Bar.Form}",
        HelpName = "name=value",
        CustomParser = ParseBars,
    };

    private readonly Option<int?> _proxyCpu = new("--proxy-cpu") { Description = "The CPU of the proxies. [default: the first that is allowed]", HelpName = "n" };
    private readonly Option<int?> _loadCpu = new("--load-cpu") { Description = "The CPU of load generator and destinations. [default: the next]", HelpName = "n" };
    private readonly Option<bool> _calls = new("--calls") { Description = "Count system calls too, by perf, before the rounds of each start." };
    private readonly Option<bool> _quick = new("--quick") { Description = "One start with short slots: to see that everything works, not to judge." };

    private readonly Option<int?> _starts = new("--starts")
    {
        Description = "How many fresh starts: fewer than five judge nothing, and are enough for work in progress. [default: 5]",
        HelpName = "n",
        CustomParser = static result =>
        {
            if (int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var starts) && starts is >= 1 and <= MostStarts)
            {
                return starts;
            }

            result.AddError($"--starts '{result.Tokens[0].Value}' is not a number from 1 to {MostStarts}");
            return null;
        },
    };

    /// <summary>Does what was typed.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> InvokeAsync(IReadOnlyList<string> args)
    {
        var root = new RootCommand("Measures LoadBalancer side by side with other proxies.") { _scenarios, _proxies, _nginx, _haproxy, _caddy, _before, _builds, _bars, _proxyCpu, _loadCpu, _calls, _quick, _starts };
        root.SetAction(parsed => run(Read(parsed)));
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            await error.WriteLineAsync($"{parsed.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.')}. See --help.");
            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private CompareOptions Read(ParseResult parsed) => new()
    {
        Scenarios = parsed.GetValue(_scenarios) is { Length: > 0 } some ? some : Scenario.All,
        Proxies = parsed.GetValue(_proxies) is { Length: > 0 } proxies ? proxies : CompareRun.ProxyNames,
        Nginx = parsed.GetValue(_nginx),
        Haproxy = parsed.GetValue(_haproxy),
        Caddy = parsed.GetValue(_caddy),
        Before = parsed.GetValue(_before),
        Builds = parsed.GetValue(_builds) ?? [],
        Bars = parsed.GetValue(_bars) ?? [],
        ProxyCpu = parsed.GetValue(_proxyCpu),
        LoadCpu = parsed.GetValue(_loadCpu),
        CountsCalls = parsed.GetValue(_calls),
        Effort = EffortOf(parsed),
    };

    private Effort EffortOf(ParseResult parsed)
    {
        var effort = parsed.GetValue(_quick) ? Effort.Quick : Effort.Full;
        return effort with { Starts = parsed.GetValue(_starts) ?? effort.Starts };
    }

    private static Option<string?> CreateFile(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "path",
        CustomParser = result =>
        {
            var file = result.Tokens[0].Value;
            if (!File.Exists(file))
            {
                result.AddError($"{name} '{file}' is not a file");
            }

            return Path.GetFullPath(file);
        },
    };

    private static Scenario[] ParseScenarios(ArgumentResult result) => Parse(
        result,
        name => Scenario.All.FirstOrDefault(scenario => scenario.Name == name),
        name => $"--scenario '{name}' is not one of {string.Join(", ", Scenario.All.Select(scenario => scenario.Name))}");

    private static Bar[] ParseBars(ArgumentResult result) => Parse(result, Bar.TryParse, text => $"--bar '{text}' is not written {Bar.Form}");

    private static T[] Parse<T>(ArgumentResult result, Func<string, T?> parse, Func<string, string> explain)
        where T : class
    {
        var values = new List<T>();
        foreach (var token in result.Tokens)
        {
            if (parse(token.Value) is { } value)
            {
                values.Add(value);
            }
            else
            {
                result.AddError(explain(token.Value));
            }
        }

        return [.. values];
    }
}

/// <summary>What the process tells who started it.</summary>
internal static class ExitCodes
{
    /// <summary>Done, and every bar holds.</summary>
    public const int Success = 0;

    /// <summary>It could not be done, something failed, or a bar does not hold.</summary>
    public const int Failure = 1;

    /// <summary>What was asked could not be understood.</summary>
    public const int Usage = 2;

    /// <summary>Told to stop, as shells say it.</summary>
    public const int Interrupted = 130;
}
