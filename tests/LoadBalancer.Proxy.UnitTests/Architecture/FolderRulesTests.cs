using System.Text.RegularExpressions;

namespace LoadBalancer.Proxy.UnitTests.Architecture;

public sealed partial class FolderRulesTests
{
    [Fact]
    public void Every_folder_uses_only_the_folders_that_the_table_allows() => Assert.Empty(FolderRules.Check(SourceTree.Proxy));

    [Fact]
    public void The_sources_of_the_proxy_are_found() => Assert.Contains(SourceTree.Proxy, file => file.Path == "Engines/Kestrel/ProxyHandler.cs");

    [Fact]
    public void Every_namespace_is_that_of_its_folder()
    {
        var wrong = SourceTree.Proxy.Where(file => NamespaceOf(file) is { } name && name != ExpectedNamespace(file));

        Assert.Empty(wrong);
    }

    [Fact]
    public void No_project_file_opens_a_namespace_of_ours_for_every_source()
    {
        var project = File.ReadAllText(Path.Combine(SourceTree.Root, "LoadBalancer.Proxy", "LoadBalancer.Proxy.csproj"));

        Assert.DoesNotContain("<Using Include=\"LoadBalancer", project, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("using LoadBalancer.Proxy.Clusters;", "a using line")]
    [InlineData("using static LoadBalancer.Proxy.Clusters.Cluster;", "a static using line")]
    [InlineData("using C = LoadBalancer.Proxy.Clusters.Cluster;", "an alias")]
    [InlineData("global using LoadBalancer.Proxy.Clusters;", "a global using line")]
    [InlineData("class Made { LoadBalancer.Proxy.Clusters.Cluster? _up; }", "a full name")]
    [InlineData("class Made { global::LoadBalancer.Proxy.Clusters.Cluster? _up; }", "a global name")]
    [InlineData("class Made { Proxy.Clusters.Cluster? _up; }", "a name from the parent namespace")]
    [InlineData("class Made { Clusters.Cluster? _up; }", "a name from the own namespace")]
    [InlineData("class Made { string _up = $\"{Clusters.Cluster.Name}\"; }", "a name within an interpolated string")]
    public void A_forbidden_edge_is_found_however_it_is_written(string source, string form)
    {
        var wrong = FolderRules.Check([MadeUp("Clusters/Cluster.cs", "class Cluster { }"), MadeUp("Configuration/Made.cs", source)]);

        Assert.True(wrong is ["Configuration/Made.cs: Configuration may not use Clusters"], form);
    }

    [Theory]
    [InlineData("// LoadBalancer.Proxy.Clusters.Cluster")]
    [InlineData("/* using LoadBalancer.Proxy.Clusters; */")]
    [InlineData("class Made { string _text = \"LoadBalancer.Proxy.Clusters.Cluster\"; }")]
    [InlineData("class Made { string _url = \"http://Clusters.Cluster\"; }")]
    [InlineData("class Made { int Count => _other.Clusters.Count; }")]
    [InlineData("class Made { int Count => Clusters.Count; }")]
    public void What_only_looks_like_an_edge_is_none(string source)
    {
        var wrong = FolderRules.Check([MadeUp("Clusters/Cluster.cs", "class Cluster { }"), MadeUp("Configuration/Made.cs", source)]);

        Assert.Empty(wrong);
    }

    [Fact]
    public void An_allowed_edge_passes()
    {
        var wrong = FolderRules.Check([MadeUp("Clusters/Cluster.cs", "class Cluster { }"), MadeUp("Routing/Made.cs", "using LoadBalancer.Proxy.Clusters;")]);

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("using LoadBalancer.Proxy.Engines.EventLoop;")]
    [InlineData("class Made { EventLoop.Loop? _loop; }")]
    [InlineData("class Made { Engines.EventLoop.Loop? _loop; }")]
    public void One_engine_may_not_use_the_other(string source)
    {
        var wrong = FolderRules.Check([MadeUp("Engines/EventLoop/Loop.cs", "class Loop { }"), MadeUp("Engines/Kestrel/Made.cs", source)]);

        Assert.Equal(["Engines/Kestrel/Made.cs: Engines.Kestrel may not use Engines.EventLoop"], wrong);
    }

    [Fact]
    public void Nobody_may_use_what_stands_beside_Program()
    {
        var wrong = FolderRules.Check([MadeUp("ProxyRun.cs", "class ProxyRun { }"), MadeUp("Admin/Made.cs", "class Made { ProxyRun? _run; }")]);

        Assert.Equal(["Admin/Made.cs: Admin may not use the files beside Program.cs"], wrong);
    }

    [Fact]
    public void A_folder_that_is_not_in_the_table_is_refused()
    {
        var wrong = FolderRules.Check([MadeUp("Utilities/Made.cs", "class Made { }")]);

        Assert.Equal(["Utilities/Made.cs: the folder Utilities is not in the table"], wrong);
    }

    [Fact]
    public void A_file_beside_Program_that_composes_nothing_is_refused()
    {
        var wrong = FolderRules.Check([MadeUp("Helpers.cs", "class Helpers { }")]);

        Assert.Equal(["Helpers.cs stands in no folder"], wrong);
    }

    private static SourceFile MadeUp(string path, string text) => new(path, text);

    private static string? NamespaceOf(SourceFile file) => Namespace().Match(file.Code) is { Success: true } match ? match.Groups[1].Value : null;

    private static string ExpectedNamespace(SourceFile file) =>
        string.Join('.', file.Path.Split('/')[..^1].Prepend("LoadBalancer.Proxy"));

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
