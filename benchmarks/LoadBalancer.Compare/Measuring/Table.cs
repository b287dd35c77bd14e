using System.Text;

namespace LoadBalancer.Compare.Measuring;

/// <summary>A table in Markdown that is also readable as it is: the first column to the left, the others to the right.</summary>
/// <param name="columns">The heads of the columns.</param>
internal sealed class Table(params IReadOnlyList<string> columns)
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    /// <summary>Adds a row. Columns that it leaves out are empty.</summary>
    public void Add(params IReadOnlyList<string> cells) => _rows.Add(cells);

    /// <inheritdoc />
    public override string ToString()
    {
        var widths = columns.Select((head, column) => _rows.Max(row => (int?)Cell(row, column).Length) is { } longest ? Math.Max(longest, head.Length) : head.Length).ToArray();
        var text = new StringBuilder();
        Write(columns);
        text.Append('|');
        for (var column = 0; column < widths.Length; column++)
        {
            text.Append(column == 0 ? " " : " -").Append('-', widths[column] - (column == 0 ? 0 : 2)).Append(column == 0 ? " |" : ": |");
        }

        text.AppendLine();
        _rows.ForEach(Write);
        return text.ToString();

        void Write(IReadOnlyList<string> cells)
        {
            text.Append('|');
            for (var column = 0; column < widths.Length; column++)
            {
                var cell = Cell(cells, column);
                text.Append(' ').Append(column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])).Append(" |");
            }

            text.AppendLine();
        }
    }

    private static string Cell(IReadOnlyList<string> cells, int column) => column < cells.Count ? cells[column] : "";
}
