using System.Text.RegularExpressions;

namespace LoadBalancer.Samples.Tests.Containers;

/// <summary>The blocks of a README, found by what stands in them: the test says which, the README what is in it.</summary>
internal sealed partial class ReadmeBlocks
{
    private readonly List<(string Language, string Text)> _blocks;

    public ReadmeBlocks(string markdown)
    {
        _blocks = [.. Block().Matches(markdown).Select(match => (match.Groups["language"].Value, match.Groups["text"].Value.TrimEnd()))];
    }

    /// <summary>The one block of commands with <paramref name="part"/> in it.</summary>
    public string Command(string part) => _blocks[IndexOf(part)].Text;

    /// <summary>The one line of the commands with all <paramref name="parts"/> in it.</summary>
    public string Line(params string[] parts)
    {
        var lines = _blocks.Where(block => block.Language == "bash").SelectMany(block => block.Text.Split('\n'))
            .Where(line => parts.All(part => line.Contains(part, StringComparison.Ordinal))).ToList();
        return lines.Count == 1 ? lines[0] : throw new InvalidDataException($"{lines.Count} lines of the README have {string.Join(" and ", parts)}");
    }

    /// <summary>What stands after the one block of commands with <paramref name="part"/> in it.</summary>
    public string AnswerTo(string part) => _blocks[IndexOf(part) + 1] is ("text", var text)
        ? text
        : throw new InvalidDataException($"the README does not show what comes back from {part}");

    private int IndexOf(string part)
    {
        var found = _blocks.FindAll(block => block.Language == "bash" && block.Text.Contains(part, StringComparison.Ordinal));
        return found.Count == 1 ? _blocks.IndexOf(found[0]) : throw new InvalidDataException($"{found.Count} blocks of the README have {part}");
    }

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
