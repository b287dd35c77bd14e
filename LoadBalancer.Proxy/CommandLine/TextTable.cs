using System.Text;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>A table in plain text, each column as wide as its widest cell.</summary>
/// <param name="columns">The headings; those that begin with <c>&gt;</c> are of numbers, which stand to the right.</param>
internal sealed class TextTable(params string[] columns)
{
    private const string Gap = "  ";

    private readonly List<string[]> _rows = [[.. columns.Select(column => column.TrimStart('>'))]];

    /// <summary>Adds a row of as many cells as there are columns.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <inheritdoc />
    public override string ToString()
    {
        var widths = columns.Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            var cells = row.Select((cell, column) => columns[column].StartsWith('>') ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            text.AppendLine(string.Join(Gap, cells).TrimEnd());
        }

        return text.ToString();
    }
}
