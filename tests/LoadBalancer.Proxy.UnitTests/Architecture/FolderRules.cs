using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace LoadBalancer.Proxy.UnitTests.Architecture;

/// <summary>Who may use whom among the folders of the proxy. A new edge is an edit here, for everyone to see.</summary>
internal static partial class FolderRules
{
    /// <summary>The folder of files that stand beside Program.cs.</summary>
    public const string Root = "";

    private static readonly string[] Nothing = [];

    /// <summary>What each folder may use besides itself. Folders that do not exist yet have their place waiting.</summary>
    public static readonly FrozenDictionary<string, string[]> MayUse = new Dictionary<string, string[]>
    {
        ["Http"] = Nothing,
        ["Configuration"] = ["Http"],
        ["Telemetry"] = ["Http"],
        ["Resilience"] = ["Configuration", "Http"],
        ["Clusters"] = ["Configuration", "Http", "Resilience", "Telemetry"],
        ["Balancing"] = ["Configuration", "Http", "Clusters"],
        ["Routing"] = ["Configuration", "Http", "Clusters"],
        ["Sessions"] = ["Configuration", "Http", "Clusters"],
        ["Forwarding"] = ["Configuration", "Http", "Resilience", "Clusters", "Telemetry", "Balancing", "Routing", "Sessions"],
        ["Discovery"] = ["Configuration", "Http", "Resilience", "Clusters", "Telemetry"],
        ["Health"] = ["Configuration", "Http", "Resilience", "Clusters", "Telemetry"],
        ["Engines.Kestrel"] = ["Configuration", "Http", "Resilience", "Clusters", "Telemetry", "Balancing", "Routing", "Sessions", "Forwarding", "Discovery", "Health"],
        ["Engines.EventLoop"] = ["Configuration", "Http", "Resilience", "Clusters", "Telemetry", "Balancing", "Routing", "Sessions", "Forwarding", "Discovery", "Health"],
        ["Admin"] = ["Configuration", "Http", "Resilience", "Clusters", "Telemetry", "Balancing", "Routing", "Sessions", "Forwarding"],
        ["CommandLine"] = ["Configuration", "Admin"],
    }.ToFrozenDictionary();

    /// <summary>The files that put the folders together, and therefore may use them all.</summary>
    public static readonly FrozenSet<string> Composition =
        new[] { "Program.cs", "ProxyServices.cs", "ProxyApplication.cs", "ProxyRun.cs", "ConfigurationInForce.cs" }.ToFrozenSet();

    /// <summary>Everything that is wrong with these sources, one line each.</summary>
    public static List<string> Check(IReadOnlyCollection<SourceFile> files)
    {
        var types = files.SelectMany(file => OutermostTypes(file).Select(type => (Folder: FolderOf(file), Type: type)))
            .GroupBy(declared => declared.Folder, declared => declared.Type)
            .ToDictionary(group => group.Key, group => group.ToHashSet());
        var wrong = new List<string>();
        foreach (var file in files)
        {
            var folder = FolderOf(file);
            if (folder == Root)
            {
                if (!Composition.Contains(file.Path))
                {
                    wrong.Add($"{file.Path} stands in no folder");
                }
            }
            else if (!MayUse.TryGetValue(folder, out var allowed))
            {
                wrong.Add($"{file.Path}: the folder {folder} is not in the table");
            }
            else
            {
                wrong.AddRange(Uses(file, types).Where(used => used != folder && !allowed.Contains(used))
                    .Select(used => $"{file.Path}: {folder} may not use {(used == Root ? "the files beside Program.cs" : used)}"));
            }
        }

        return wrong;
    }

    /// <summary>The folder that a file belongs to, as its namespace names it: <c>Clusters</c>, <c>Engines.Kestrel</c>.</summary>
    public static string FolderOf(SourceFile file)
    {
        var parts = file.Path.Split('/');
        return parts.Length == 1 ? Root : parts is ["Engines", var engine, _, ..] ? $"Engines.{engine}" : parts[0];
    }

    /// <summary>The names of all the types that a file declares.</summary>
    public static IEnumerable<string> DeclaredTypes(SourceFile file) => TypeDeclaration().Matches(file.Code).Select(match => match.Groups["name"].Value).Distinct();

    // Namespaces are file-scoped, so what is declared without indentation is what other files can name.
    private static IEnumerable<string> OutermostTypes(SourceFile file) =>
        DeclaredTypes(new SourceFile(file.Path, string.Join('\n', file.Code.Split('\n').Where(line => line.Length > 0 && !char.IsWhiteSpace(line[0])))));

    private static SortedSet<string> Uses(SourceFile file, Dictionary<string, HashSet<string>> types)
    {
        var used = new SortedSet<string>(StringComparer.Ordinal);
        var code = NamespaceDeclaration().Replace(file.Code, "");

        // Fully qualified, in a using line or anywhere else.
        foreach (Match match in FullName().Matches(code))
        {
            used.Add(FolderNamed(match.Groups["rest"].Value));
        }

        // From inside LoadBalancer.Proxy.X, C# also finds Y.Type and Proxy.Y.Type, and every type beside Program.cs by its bare name.
        foreach (var (folder, names) in types)
        {
            foreach (var name in names)
            {
                var mention = folder == Root ? $@"(?<![\w.]){name}\b" : $@"(?<![\w.])(Proxy\.)?{LastPartOptional(folder)}\.{name}\b";
                if (Regex.IsMatch(code, mention))
                {
                    used.Add(folder);
                }
            }
        }

        return used;
    }

    private static string FolderNamed(string rest)
    {
        var parts = rest.Split('.');
        return parts is ["Engines", var engine, ..] ? $"Engines.{engine}" : parts[0] is var first && Composition.Contains($"{first}.cs") ? Root : first;
    }

    // One engine sees the other as EventLoop.Type, and everyone sees it as Engines.EventLoop.Type.
    private static string LastPartOptional(string folder) => folder.StartsWith("Engines.", StringComparison.Ordinal) ? $@"(Engines\.)?{folder["Engines.".Length..]}" : folder;

    [GeneratedRegex(@"\b(class|struct|interface|enum|record(\s+struct|\s+class)?|delegate\s+[\w<>?.,\[\]]+)\s+(?<name>[A-Z]\w*)")]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"^\s*namespace\s+[\w.]+", RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex(@"\bLoadBalancer\s*\.\s*Proxy\s*\.\s*(?<rest>[A-Z]\w*(\.\w+)*)")]
    private static partial Regex FullName();
}
