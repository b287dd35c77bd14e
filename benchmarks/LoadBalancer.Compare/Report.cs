using System.Globalization;
using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare;

/// <summary>Puts figures into words and tables.</summary>
internal static class Report
{
    /// <summary>
    /// The table of a scenario: a row for each proxy, and for each of ours a column with the first of its figures as a ratio to that of the row.
    /// </summary>
    /// <param name="measured">What was measured.</param>
    /// <param name="rows">The proxies.</param>
    /// <param name="columns">The figures to show, the one that the scenario is about first.</param>
    public static Table Tabulate(ScenarioFigures measured, IReadOnlyList<Row> rows, IReadOnlyList<Figure> columns)
    {
        var ours = rows.Where(row => row.IsOurs).Select(row => row.Name).ToList();
        var table = new Table(["proxy", .. ours.Select(name => $"{columns[0].Name} of {name} to it"), .. columns.Select(figure => figure.Head), "errors", "disturbed"]);
        foreach (var row in rows)
        {
            var slots = measured.SlotsOf(row.Name);
            table.Add(row.Absent is { } why ? [row.Name, why] : slots.Count == 0 ? [row.Name, "not measured"] :
            [
                row.Name,
                .. ours.Select(name => name == row.Name ? "" : Format(measured.Ratio(name, row.Name, columns[0]), "0.00")),
                .. columns.Select(figure => Format(measured.Of(row.Name, figure), figure)),
                slots.Sum(slot => slot.Load.Errors).ToString(CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"{slots.Count(slot => slot.IsDisturbed)}/{slots.Count}"),
            ]);
        }

        return table;
    }

    /// <summary>Judges a bar, in one line that begins with <c>pass</c> or <c>fail</c>.</summary>
    /// <param name="bar">The bar.</param>
    /// <param name="measured">What was measured in its scenario; null when that did not run.</param>
    /// <param name="main">What the scenario is about: the figure of a bar that names none.</param>
    public static (bool Holds, string Line) Judge(Bar bar, ScenarioFigures? measured, Figure main)
    {
        var figure = bar.Figure ?? main;
        var spread = bar.Peer is null ? measured?.Of(bar.Proxy, figure) : measured?.Ratio(bar.Proxy, bar.Peer, figure);
        if (measured is null || spread is null)
        {
            return (false, $"fail  {bar}: not measured");
        }

        // An answer that failed is a cheap one.
        var slots = measured.SlotsOf(bar.Proxy).Concat(bar.Peer is null ? [] : measured.SlotsOf(bar.Peer)).ToList();
        var (errors, disturbed) = (slots.Sum(slot => slot.Load.Errors), slots.Count(slot => slot.IsDisturbed));
        var holds = bar.Holds(spread) && errors == 0;
        var notes = new[]
        {
            errors > 0 ? $"{errors} errors" : null,
            disturbed > 0 ? $"{disturbed} of {slots.Count} slots were disturbed" : null,
            measured.Starts < Effort.Full.Starts ? $"only {measured.Starts} of {Effort.Full.Starts} starts" : null,
        };
        var value = Format(spread, bar.Peer is null ? figure.Format : "0.00");
        return (holds, $"{(holds ? "pass" : "fail")}  {bar}: {string.Join(", ", notes.OfType<string>().Prepend(value))}");
    }

    private static string Format(Spread? spread, Figure figure) => figure.Spreads ? Format(spread, figure.Format) : Format(spread?.Median, figure.Format);

    private static string Format(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static string Format(Spread? spread, string format)
    {
        var (median, lower, upper) = (Format(spread?.Median, format), Format(spread?.Lower, format), Format(spread?.Upper, format));
        return lower == upper ? median : $"{median} [{lower}-{upper}]";
    }
}

/// <summary>A row of the table.</summary>
/// <param name="Name">The proxy.</param>
/// <param name="IsOurs">Whether it is one of ours.</param>
/// <param name="Absent">Why there are no figures; null when there are.</param>
internal sealed record Row(string Name, bool IsOurs, string? Absent = null);
