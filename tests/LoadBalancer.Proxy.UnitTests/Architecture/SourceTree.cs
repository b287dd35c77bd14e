using System.Runtime.CompilerServices;
using System.Text;

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
    private string? _code;

    /// <summary>The text without comments and without what is in plain strings, line for line. Interpolated strings stay: they contain code.</summary>
    public string Code => _code ??= new Stripper(Text).Strip();

    public int LineCount => Text.AsSpan().Count('\n');

    public override string ToString() => Path;

    private sealed class Stripper(string text)
    {
        private readonly StringBuilder _code = new(text.Length);
        private int _at;

        public string Strip()
        {
            while (_at < text.Length)
            {
                if (Sees("//"))
                {
                    Skip(until: "\n", including: false);
                }
                else if (Sees("/*"))
                {
                    Skip(until: "*/", including: true);
                }
                else if (text[_at] == '\'')
                {
                    Literal('\'', escapes: true);
                }
                else if (Sees("\"\"\""))
                {
                    var quotes = new string('"', text.AsSpan(_at).IndexOfAnyExcept('"') is var run and > 0 ? run : 3);
                    Take(quotes.Length);
                    Pass(until: quotes);
                }
                else if (text[_at] == '"')
                {
                    Literal('"', escapes: !Before('@'));
                }
                else
                {
                    Take(1);
                }
            }

            return _code.ToString();
        }

        private bool Sees(string what) => string.CompareOrdinal(text, _at, what, 0, what.Length) == 0;

        private bool Before(char what) => _at > 0 && (text[_at - 1] == what || (_at > 1 && text[_at - 1] is '$' or '@' && text[_at - 2] == what));

        private void Take(int count)
        {
            _code.Append(text, _at, count);
            _at += count;
        }

        private void Skip(string until, bool including)
        {
            var end = text.IndexOf(until, _at, StringComparison.Ordinal);
            end = end < 0 ? text.Length : including ? end + until.Length : end;
            _code.Append('\n', text.AsSpan(_at, end - _at).Count('\n'));
            _at = end;
        }

        private void Pass(string until)
        {
            var end = text.IndexOf(until, _at, StringComparison.Ordinal);
            Take((end < 0 ? text.Length : end + until.Length) - _at);
        }

        private void Literal(char quote, bool escapes)
        {
            var keeps = quote == '"' && Before('$');
            Take(1);
            while (_at < text.Length && text[_at] != quote)
            {
                var length = escapes && text[_at] == '\\' ? 2 : 1;
                if (keeps)
                {
                    _code.Append(text, _at, length);
                }

                _at += length;
            }

            if (_at < text.Length)
            {
                Take(1);
            }
        }
    }
}
