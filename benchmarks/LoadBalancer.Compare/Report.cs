using System.Globalization;
using LoadBalancer.Compare.Measuring;

namespace LoadBalancer.Compare;

/// <summary>Puts figures into words and tables.</summary>
internal static class Report
{
    /// <summary>The table of a scenario: a row for each proxy, and for each of ours a column with its CPU time per request as a ratio to that of the row.</summary>
    public static Table Tabulate(ScenarioFigures figures, IReadOnlyList<Row> rows)
    {
        var ours = rows.Where(row => row.IsOurs).Select(row => row.Name).ToList();
        var table = new Table(["proxy", .. ours.Select(name => $"CPU of {name} to it"), "CPU us/request", "user", "kernel", "both CPUs us/request", "requests/s", "p50 ms", "p99 ms", "RSS MiB", "errors", "disturbed"]);
        foreach (var row in rows)
        {
            var slots = figures.SlotsOf(row.Name);
            table.Add(row.Absent is { } why ? [row.Name, why] : slots.Count == 0 ? [row.Name, "not measured"] :
            [
                row.Name,
                .. ours.Select(name => name == row.Name ? "" : Format(figures.Ratio(name, row.Name), "0.00")),
                Format(figures.Of(row.Name, slot => slot.CpuPerRequest), "0.0"),
                FormatMedian(figures.Of(row.Name, slot => slot.UserPerRequest), "0.0"),
                FormatMedian(figures.Of(row.Name, slot => slot.KernelPerRequest), "0.0"),
                FormatMedian(figures.Of(row.Name, slot => slot.MachinePerRequest), "0.0"),
                Format(figures.Of(row.Name, slot => slot.Load.RequestsPerSecond), "0"),
                FormatMedian(figures.Of(row.Name, slot => slot.Load.P50.TotalMilliseconds), "0.00"),
                FormatMedian(figures.Of(row.Name, slot => slot.Load.P99.TotalMilliseconds), "0.00"),
                FormatMedian(figures.Of(row.Name, slot => slot.ResidentMegabytes), "0.0"),
                slots.Sum(slot => slot.Load.Errors).ToString(CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"{slots.Count(slot => slot.IsDisturbed)}/{slots.Count}"),
            ]);
        }

        return table;
    }

    /// <summary>Judges a bar, in one line that begins with <c>pass</c> or <c>fail</c>.</summary>
    public static (bool Holds, string Line) Judge(Bar bar, ScenarioFigures? figures)
    {
        var ratio = figures?.Ratio(bar.Proxy, bar.Peer);
        if (figures is null || ratio is null)
        {
            return (false, $"fail  {bar}: not measured");
        }

        // An answer that failed is a cheap one.
        var slots = figures.SlotsOf(bar.Proxy).Concat(figures.SlotsOf(bar.Peer)).ToList();
        var (errors, disturbed) = (slots.Sum(slot => slot.Load.Errors), slots.Count(slot => slot.IsDisturbed));
        var holds = bar.Holds(ratio) && errors == 0;
        var notes = new[]
        {
            errors > 0 ? $"{errors} errors" : null,
            disturbed > 0 ? $"{disturbed} of {slots.Count} slots were disturbed" : null,
            figures.Starts < Effort.Full.Starts ? $"only {figures.Starts} of {Effort.Full.Starts} starts" : null,
        };
        return (holds, $"{(holds ? "pass" : "fail")}  {bar}: {string.Join(", ", notes.OfType<string>().Prepend(Format(ratio, "0.00")))}");
    }

    private static string FormatMedian(Spread? spread, string format) => spread?.Median.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static string Format(Spread? spread, string format)
    {
        var (median, lower, upper) = (FormatMedian(spread, format), spread?.Lower.ToString(format, CultureInfo.InvariantCulture), spread?.Upper.ToString(format, CultureInfo.InvariantCulture));
        return lower == upper ? median : $"{median} [{lower}-{upper}]";
    }
}

/// <summary>A row of the table.</summary>
/// <param name="Name">The proxy.</param>
/// <param name="IsOurs">Whether it is one of ours.</param>
/// <param name="Absent">Why there are no figures; null when there are.</param>
internal sealed record Row(string Name, bool IsOurs, string? Absent = null);
