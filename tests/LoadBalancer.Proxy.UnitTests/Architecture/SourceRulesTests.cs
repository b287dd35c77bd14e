using System.Text.RegularExpressions;

namespace LoadBalancer.Proxy.UnitTests.Architecture;

public sealed partial class SourceRulesTests
{
    private const int MostLines = 400;

    private static readonly string[] PureFolders = ["Http", "Resilience", "Clusters", "Balancing", "Routing", "Sessions", "Forwarding"];

    [Fact]
    public void No_file_is_longer_than_400_lines() => Assert.DoesNotContain(SourceTree.All, file => file.LineCount > MostLines);

    [Fact]
    public void No_file_is_folded_with_regions() => Assert.DoesNotContain(SourceTree.All, file => Region().IsMatch(file.Code));

    [Fact]
    public void No_type_is_named_by_a_banned_synonym()
    {
        var wrong = SourceTree.Proxy.SelectMany(FolderRules.DeclaredTypes).Where(type => BannedWord().IsMatch(type));

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("BackendPool")]
    [InlineData("FrontendOptions")]
    [InlineData("ServerNode")]
    [InlineData("UpstreamGroup")]
    [InlineData("RoutingRule")]
    public void A_banned_synonym_is_found_within_a_name(string type) => Assert.Matches(BannedWord(), type);

    [Theory]
    [InlineData("UpstreamClient")]
    [InlineData("OutcomeClassifier")]
    [InlineData("ListenAddress")]
    public void A_word_of_ours_is_not_banned(string type) => Assert.DoesNotMatch(BannedWord(), type);

    [Fact]
    public void The_model_and_the_rules_do_no_input_or_output()
    {
        var wrong = SourceTree.Proxy.Where(file => PureFolders.Contains(FolderRules.FolderOf(file)))
            .SelectMany(file => Impurity().Matches(file.Code).Select(match => $"{file.Path}: {match.Value}"));

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("using System.IO;")]
    [InlineData("using System.Net.Sockets;")]
    [InlineData("async ValueTask X()")]
    [InlineData("Task X()")]
    [InlineData("await x;")]
    [InlineData("ILogger<X> logger")]
    [InlineData("HttpContext context")]
    [InlineData("File.ReadAllText(path)")]
    [InlineData("new HttpClient()")]
    public void Input_and_output_are_found(string source) => Assert.Matches(Impurity(), source);

    [Theory]
    [InlineData("Balancing")]
    [InlineData("Clusters")]
    public void Choice_and_model_take_clock_and_chance_from_outside(string folder)
    {
        var wrong = SourceTree.Proxy.Where(file => FolderRules.FolderOf(file) == folder && file.Code.Contains("TimeProvider.System", StringComparison.Ordinal));

        Assert.Empty(wrong);
    }

    [Fact]
    public void Program_fits_on_a_screen() =>
        Assert.True(SourceTree.Proxy.Single(file => file.Path == "Program.cs").LineCount <= 40);

    [GeneratedRegex(@"^\s*#\s*(end)?region\b", RegexOptions.Multiline)]
    private static partial Regex Region();

    // The synonyms of ARCHITECTURE.md's words. Resolve, select, alive and up are too much at home in .NET to be banned from type names.
    [GeneratedRegex(@"Frontend|Entrypoint|EntryPoint|Rule|Pool|UpstreamGroup|Backend|Node|Throttl|Server(?!Error)|Endpoint(?!Provider)")]
    private static partial Regex BannedWord();

    [GeneratedRegex(@"\bSystem\.IO\b|\bNet\.Sockets\b|\basync\b|\bawait\b|\b(Value)?Task\b|\bILogger\b|\bHttpContext\b|\bHttpClient\b|\bHttpMessageInvoker\b|\b(File|Directory|Console|Socket|Stream)\b|\bSendAsync\b")]
    private static partial Regex Impurity();
}
