using System.Text.RegularExpressions;

namespace LoadBalancer.Samples.Tests;

/// <summary>What a README says in one place.</summary>
internal abstract record Step
{
    /// <summary>Programs to start, each in a terminal of its own: <c>dotnet run --project</c> or a script named start.sh.</summary>
    public sealed record Start(IReadOnlyList<string> Commands) : Step;

    /// <summary>Commands to type.</summary>
    public sealed record Type(string Commands) : Step;

    /// <summary>What the commands just typed print.</summary>
    public sealed record Printed(string Text) : Step;

    /// <summary>Lines that one of the running programs logs.</summary>
    public sealed record Logged(IReadOnlyList<string> Lines) : Step;

    /// <summary>Ctrl+C for what was started last.</summary>
    public sealed record Interrupt : Step;

    /// <summary>A rule across the page: what runs is ended, the rest starts anew.</summary>
    public sealed record Anew : Step;
}

/// <summary>Reads the steps out of a README: its blocks of <c>bash</c> are typed, its blocks of <c>text</c> are what comes back.</summary>
internal static partial class Readme
{
    public static List<Step> StepsOf(string markdown)
    {
        var steps = new List<Step>();
        var isForDocker = false;
        foreach (Match match in BlockOrRule().Matches(markdown))
        {
            var text = match.Groups["text"].Value.TrimEnd();
            switch (match.Groups["language"].Value)
            {
                case "bash":
                    isForDocker = text.Contains("docker", StringComparison.Ordinal);
                    if (!isForDocker)
                    {
                        var commands = text.Split('\n');
                        steps.Add(commands.All(IsProgram) ? new Step.Start(commands) : new Step.Type(text));
                    }

                    break;
                case "text" when !isForDocker:
                    steps.AddRange(ReadText(text));
                    break;
                case "" when match.Value.Trim() == "---":
                    steps.Add(new Step.Anew());
                    break;
            }
        }

        return steps;
    }

    private static IEnumerable<Step> ReadText(string text)
    {
        const string ControlC = "^C\n";
        if (text.StartsWith(ControlC, StringComparison.Ordinal))
        {
            yield return new Step.Interrupt();
            text = text[ControlC.Length..];
        }

        yield return LogTime().IsMatch(text) ? new Step.Logged(text.Split('\n')) : new Step.Printed(text);
    }

    private static bool IsProgram(string command) =>
        command.StartsWith("dotnet run --project ", StringComparison.Ordinal) || command.EndsWith("/start.sh", StringComparison.Ordinal);

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<text>.*?)^```$|^---$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockOrRule();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - ")]
    private static partial Regex LogTime();
}
