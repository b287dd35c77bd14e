namespace LoadBalancer.Proxy.UnitTests.Architecture;

/// <summary>Who may use whom among the folders of the proxy. A new edge is an edit here, for everyone to see.</summary>
public sealed class FolderRulesTests
{
    private static readonly string[] Rules = ["Http", "Configuration", "Telemetry", "Resilience", "Clusters", "Balancing", "Routing", "Sessions", "Forwarding"];

    /// <summary>What each folder may use besides itself. Folders that do not exist yet have their place waiting.</summary>
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Http"] = [],
        ["Configuration"] = ["Http"],
        ["Telemetry"] = ["Http"],
        ["Resilience"] = ["Configuration", "Http"],
        ["Clusters"] = ["Configuration", "Http", "Resilience", "Telemetry"],
        ["Balancing"] = ["Configuration", "Http", "Clusters"],
        ["Routing"] = ["Configuration", "Http", "Resilience", "Clusters"],
        ["Sessions"] = ["Configuration", "Http", "Clusters"],
        ["Forwarding"] = Rules,
        ["Acme"] = ["Configuration", "Http"],
        ["Discovery"] = ["Configuration", "Http", "Resilience", "Clusters", "Telemetry"],
        ["Health"] = ["Configuration", "Http", "Resilience", "Clusters", "Telemetry"],
        ["Engines"] = [.. Rules, "Discovery", "Health"],
        ["Engines.Kestrel"] = [.. Rules, "Discovery", "Health", "Engines"],
        ["Engines.EventLoop"] = [.. Rules, "Discovery", "Health", "Engines"],
        ["Admin"] = Rules,
        ["CommandLine"] = ["Configuration", "Admin"],
        ["Hosting"] = [.. Rules, "Acme", "Discovery", "Health", "Engines", "Engines.Kestrel", "Engines.EventLoop", "Admin", "CommandLine"],
    };

    [Fact]
    public void Every_folder_uses_only_the_folders_that_the_table_allows()
    {
        var wrong = Edges().Where(edge => !MayUse[edge.From].Contains(edge.To)).Select(edge => $"{edge.From} may not use {edge.To}: {edge.Where}");

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_folder_is_in_the_table() => Assert.Subset(MayUse.Keys.ToHashSet(), CompiledProxy.Types.Select(CompiledProxy.FolderOf).OfType<string>().ToHashSet());

    // Of which the first is in a declaration only, the second in the code of a method, the third in that of an asynchronous one.
    [Theory]
    [InlineData("Balancing", "Clusters")]
    [InlineData("Hosting", "Discovery")]
    [InlineData("Health", "Clusters")]
    public void Edges_are_seen(string from, string to) => Assert.Contains(Edges(), edge => edge.From == from && edge.To == to);

    [Fact]
    public void Every_namespace_is_that_of_its_folder()
    {
        var wrong = SourceTree.Proxy.Where(file => file.Path != "Program.cs")
            .Where(file => !file.Text.Contains($"\nnamespace LoadBalancer.Proxy.{string.Join('.', file.Path.Split('/')[..^1])};\n", StringComparison.Ordinal)
                && !file.Text.StartsWith($"namespace LoadBalancer.Proxy.{string.Join('.', file.Path.Split('/')[..^1])};\n", StringComparison.Ordinal));

        Assert.Empty(wrong.Select(file => file.Path));
    }

    [Fact]
    public void Nothing_but_Program_stands_in_no_folder() => Assert.Equal(["Program.cs"], SourceTree.Proxy.Where(file => !file.Path.Contains('/')).Select(file => file.Path));

    private static IEnumerable<(string From, string To, string Where)> Edges() =>
        from type in CompiledProxy.Types
        let folder = CompiledProxy.FolderOf(type)
        where folder is not null
        from use in CompiledProxy.UsesOf(type)
        let other = CompiledProxy.FolderOf(use.Type)
        where other is not null && other != folder
        select (folder, other, $"{type.FullName} uses {use.Type.Name}");
}
