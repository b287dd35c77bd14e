using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Scenarios;

namespace LoadBalancer.Compare;

/// <summary>What to compare, and how thoroughly.</summary>
internal sealed record CompareOptions
{
    /// <summary>The scenarios to run.</summary>
    public IReadOnlyList<Scenario> Scenarios { get; init; } = Scenario.All;

    /// <summary>The names of the proxies to measure.</summary>
    public IReadOnlyList<string> Proxies { get; init; } = CompareRun.ProxyNames;

    /// <summary>The program of nginx; null for the one that is installed.</summary>
    public string? Nginx { get; init; }

    /// <summary>The program of HAProxy; null for the one that is installed.</summary>
    public string? Haproxy { get; init; }

    /// <summary>The program of Caddy; null for the one that is installed.</summary>
    public string? Caddy { get; init; }

    /// <summary>The program of another build of our proxy, to compare with too.</summary>
    public string? Before { get; init; }

    /// <summary>Further builds of our proxy, each under a name of its own.</summary>
    public IReadOnlyList<NamedProgram> Builds { get; init; } = [];

    /// <summary>The goals to judge.</summary>
    public IReadOnlyList<Bar> Bars { get; init; } = [];

    /// <summary>The CPU of the proxies; null for the first.</summary>
    public int? ProxyCpu { get; init; }

    /// <summary>The CPU of everything else; null for the second.</summary>
    public int? LoadCpu { get; init; }

    /// <summary>Whether system calls are counted too.</summary>
    public bool CountsCalls { get; init; }

    /// <summary>How much is measured.</summary>
    public Effort Effort { get; init; } = Effort.Full;
}

/// <summary>A program under a name of its own.</summary>
/// <param name="Name">What tables and bars call it.</param>
/// <param name="Path">Its file.</param>
internal sealed record NamedProgram(string Name, string Path)
{
    /// <summary>How it is written.</summary>
    public const string Form = "name=path, with the path of a file";

    /// <summary>Reads what is written <see cref="Form"/>; null for what is not.</summary>
    public static NamedProgram? TryParse(string text) =>
        text.Split('=', 2) is [{ Length: > 0 } name, var path] && File.Exists(path) ? new(name, System.IO.Path.GetFullPath(path)) : null;
}

/// <summary>How much is measured.</summary>
/// <param name="Starts">How often everything is started anew: figures differ more between starts than within one.</param>
/// <param name="Rounds">How often, in each start, each proxy has its slot.</param>
/// <param name="Slot">How long a slot is, in whole seconds.</param>
/// <param name="WarmUp">For how many slots at most each proxy is under load before those that count. It is fewer where it has settled.</param>
/// <param name="Repeats">How often a slot that was disturbed is measured again.</param>
internal sealed record Effort(int Starts, int Rounds, TimeSpan Slot, int WarmUp, int Repeats)
{
    /// <summary>Enough to judge.</summary>
    public static readonly Effort Full = new(5, 5, TimeSpan.FromSeconds(4), 15, 2);

    /// <summary>Enough to see that everything works.</summary>
    public static readonly Effort Quick = new(1, 2, TimeSpan.FromSeconds(2), 1, 0);
}
