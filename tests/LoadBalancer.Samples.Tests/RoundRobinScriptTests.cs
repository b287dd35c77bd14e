using System.Text.RegularExpressions;

namespace LoadBalancer.Samples.Tests;

/// <summary>Runs the README of the round robin sample once, script and all; the tests look at the file that the script wrote.</summary>
public sealed class RoundRobinRun : IAsyncLifetime
{
    internal const string Sample = "round-robin";

    internal IReadOnlyList<Section> Sections { get; private set; } = [];

    internal static IReadOnlyList<Section> SectionsOf(string output) => [.. Section.Read(output)];

    public async ValueTask InitializeAsync()
    {
        if (ReadmeRun.LacksFor(Sample) is not null)
        {
            return;
        }

        await using var run = new ReadmeRun(Sample);
        await run.RunAsync();
        Sections = SectionsOf(run.Output);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>One part of <c>lb_custom_output.txt</c>: a title, and for each request its status and who answered.</summary>
internal sealed partial record Section(string Title, IReadOnlyList<string> Statuses, IReadOnlyList<string> Backends)
{
    public static IEnumerable<Section> Read(string output)
    {
        foreach (var part in output.Split("== ", StringSplitOptions.RemoveEmptyEntries))
        {
            var answers = Answer().Matches(part);
            yield return new(
                part.Split('\n')[0], [.. answers.Select(answer => answer.Groups["status"].Value)], [.. answers.Select(answer => answer.Groups["backend"].Value)]);
        }
    }

    [GeneratedRegex(@"^\d+: (?<status>\d{3}) .* \| answered by (?<backend>.+)$", RegexOptions.Multiline)]
    private static partial Regex Answer();
}

public sealed class RoundRobinScriptTests(RoundRobinRun run) : IClassFixture<RoundRobinRun>
{
    [Fact]
    public void Five_requests_go_round() =>
        Assert.Equal(["web1", "web2", "web3", "web1", "web2"], SectionAt(0).Backends);

    [Fact]
    public void Stopped_server_costs_no_client_an_error() =>
        Assert.Equal(Enumerable.Repeat("200", 6), SectionAt(1).Statuses);

    [Fact]
    public void Requests_meant_for_the_stopped_server_go_to_the_others() =>
        Assert.Equal(6, SectionAt(1).Backends.Count(name => name is "web1" or "web3"));

    [Fact]
    public void The_other_two_take_turns_once_the_health_check_has_noticed() =>
        Assert.Equal((2, 2), (SectionAt(2).Backends.Count(name => name == "web1"), SectionAt(2).Backends.Count(name => name == "web3")));

    [Fact]
    public void With_all_stopped_the_answer_is_503() =>
        Assert.Equal(["503", "503"], SectionAt(3).Statuses);

    [Fact]
    public void Server_that_is_back_is_found() =>
        Assert.Equal(["web2", "web2"], SectionAt(4).Backends);

    [Fact]
    public void Committed_output_is_of_this_script() =>
        Assert.Equal(
            RoundRobinRun.SectionsOf(Repository.Read("samples/round-robin/lb_custom_output.txt")).Select(section => section.Title),
            Enumerable.Range(0, 6).Select(n => SectionAt(n).Title));

    private Section SectionAt(int index)
    {
        Assert.SkipWhen(ReadmeRun.LacksFor(RoundRobinRun.Sample) is not null, ReadmeRun.LacksFor(RoundRobinRun.Sample) ?? "");
        return run.Sections[index];
    }
}
