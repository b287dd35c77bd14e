using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace LoadBalancer.Samples.Tests;

/// <summary>A compose file. Only keys that stand here are known: a misspelt one fails the test instead of being passed over.</summary>
internal sealed partial class ComposeFile
{
    public string Name { get; set; } = "";

    public Dictionary<string, ComposeService> Services { get; set; } = [];

    public Dictionary<string, ComposeNetwork> Networks { get; set; } = [];

    /// <summary>The folder of the file, from which its relative paths start.</summary>
    [YamlIgnore]
    public string Folder { get; private set; } = "";

    public static ComposeFile Load(string relative)
    {
        var path = Repository.PathOf(relative);

        // Extension fields (x-...) hold what is merged in elsewhere; on their own they say nothing.
        var merged = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(Merged(path));
        var meant = merged.Where(entry => !entry.Key.StartsWith("x-", StringComparison.Ordinal)).ToDictionary();
        var file = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build()
            .Deserialize<ComposeFile>(new SerializerBuilder().Build().Serialize(meant));
        file.Folder = Path.GetDirectoryName(path)!;
        return file;
    }

    private static MergingParser Merged(string path)
    {
        var parser = new MergingParser(new Parser(new StringReader(Interpolated(path))));
        parser.Consume<StreamStart>();
        return parser;
    }

    // As compose does: ${NAME} is what the .env file beside the compose file says, ${NAME:-default} may do without, $$ is a dollar for the container.
    private static string Interpolated(string path)
    {
        var variables = Path.Combine(Path.GetDirectoryName(path)!, ".env") is var env && File.Exists(env)
            ? File.ReadLines(env).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1])
            : [];
        return Variable().Replace(File.ReadAllText(path), match => match.Value == "$$"
            ? "$"
            : variables.GetValueOrDefault(match.Groups["name"].Value) is { Length: > 0 } value ? value
            : match.Groups["default"] is { Success: true } fallback ? fallback.Value
            : throw new InvalidDataException($"{match.Value} is not filled in"));
    }

    [GeneratedRegex(@"\$\$|\$\{(?<name>\w+)(?::-(?<default>[^}]*))?\}")]
    private static partial Regex Variable();
}

internal sealed class ComposeService
{
    public string Image { get; set; } = "";

    public ComposeBuild? Build { get; set; }

    public string? ContainerName { get; set; }

    public List<string> Command { get; set; } = [];

    public Dictionary<string, string> Environment { get; set; } = [];

    public List<string> Volumes { get; set; } = [];

    public List<string> Ports { get; set; } = [];

    public List<string> Expose { get; set; } = [];

    public List<string> Networks { get; set; } = [];

    public ComposeHealthcheck? Healthcheck { get; set; }

    public int Scale { get; set; } = 1;

    public string? Restart { get; set; }

    public string? MemLimit { get; set; }

    public string? StopGracePeriod { get; set; }

    public bool ReadOnly { get; set; }

    public List<string> CapDrop { get; set; } = [];

    public List<string> SecurityOpt { get; set; } = [];

    public List<string> Tmpfs { get; set; } = [];
}

internal sealed class ComposeBuild
{
    public string Context { get; set; } = "";

    public string Dockerfile { get; set; } = "";
}

internal sealed partial class ComposeHealthcheck
{
    public List<string> Test { get; set; } = [];

    public string Interval { get; set; } = "";

    public string Timeout { get; set; } = "";

    public int Retries { get; set; }

    public string StartPeriod { get; set; } = "";

    /// <summary>What it asks for.</summary>
    [YamlIgnore]
    public string Url => Address().Match(Test[^1]).Value;

    /// <summary>What it asks with.</summary>
    [YamlIgnore]
    public string Program => Test[^1].Split(' ')[0];

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex Address();
}

internal sealed class ComposeNetwork
{
    public string Driver { get; set; } = "";
}

/// <summary>What matters of a Dockerfile to those who start its image.</summary>
internal sealed partial class Dockerfile
{
    private readonly string _text;

    private Dockerfile(string text)
    {
        _text = text;
    }

    public string FinalStage => _text[_text.LastIndexOf("FROM ", StringComparison.Ordinal)..];

    public IEnumerable<string> BaseImages => From().Matches(_text).Select(match => match.Groups["image"].Value);

    /// <summary>Everything copied from the build context.</summary>
    public IEnumerable<string> Sources =>
        Copy().Matches(_text).SelectMany(match => match.Groups["paths"].Value.Split(' ').SkipLast(1));

    public string EntryAssembly => Entry().Match(_text).Groups["assembly"].Value;

    /// <summary>What the health check asks for.</summary>
    public string HealthUrl => Health().Match(_text).Groups["url"].Value;

    /// <summary>What the health check asks with: a program that the image has.</summary>
    public string HealthProgram => Health().Match(_text).Groups["program"].Value;

    public static Dockerfile Load(string path) => new(File.ReadAllText(path));

    public string? Variable(string name) =>
        Regex.Match(FinalStage, $@"^ENV .*\b{name}=(?<value>\S*)", RegexOptions.Multiline) is { Success: true } match ? match.Groups["value"].Value.Trim('"') : null;

    [GeneratedRegex(@"^FROM (?<image>\S+)", RegexOptions.Multiline)]
    private static partial Regex From();

    [GeneratedRegex(@"^COPY (?!--)(?<paths>.+)$", RegexOptions.Multiline)]
    private static partial Regex Copy();

    [GeneratedRegex("""^ENTRYPOINT \["dotnet", "(?<assembly>[^"]+)"\]$""", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex("""^HEALTHCHECK .*?CMD (?<program>\w+) .*?"?(?<url>http://[^\s"]+)""", RegexOptions.Multiline)]
    private static partial Regex Health();
}
