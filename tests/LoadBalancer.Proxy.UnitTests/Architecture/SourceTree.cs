using System.Runtime.CompilerServices;

namespace LoadBalancer.Proxy.UnitTests.Architecture;

/// <summary>The solution's own source files, as text to hold rules against.</summary>
internal static class SourceTree
{
    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true };

    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The sources of the proxy, by path relative to its project, with <c>/</c> on every system.</summary>
    public static IReadOnlyList<SourceFile> Proxy { get; } = Read("LoadBalancer.Proxy");

    /// <summary>Every hand-written source of the solution, by path relative to its root.</summary>
    public static IReadOnlyList<SourceFile> All { get; } = Read("");

    private static List<SourceFile> Read(string folder)
    {
        var root = Path.Combine(Root, folder);
        return Directory.EnumerateFiles(root, "*.cs", Everywhere)
            .Select(file => (Path: Path.GetRelativePath(root, file).Replace('\\', '/'), File: file))
            .Where(source => !source.Path.Split('/').Any(part => part is "bin" or "obj" || part.StartsWith('.')))
            .OrderBy(source => source.Path, StringComparer.Ordinal)
            .Select(source => new SourceFile(source.Path, File.ReadAllText(source.File)))
            .ToList();
    }

    // The compiler knows where this file stands; where the sources were built elsewhere, the test program stands under the solution.
    private static string FindRoot([CallerFilePath] string thisFile = "") =>
        Above(Path.GetDirectoryName(thisFile)) ?? Above(AppContext.BaseDirectory)
        ?? throw new InvalidOperationException("LoadBalancer.sln was found neither above this source file nor above the test program.");

    private static string? Above(string? folder)
    {
        while (folder is not null && !File.Exists(Path.Combine(folder, "LoadBalancer.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder;
    }
}

/// <summary>One source file.</summary>
/// <param name="Path">Where it stands, with <c>/</c> between folders.</param>
/// <param name="Text">What it says.</param>
internal sealed record SourceFile(string Path, string Text)
{
    public int LineCount => Text.AsSpan().Count('\n');

    public override string ToString() => Path;
}
