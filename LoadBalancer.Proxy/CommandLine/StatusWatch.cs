using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using LoadBalancer.Proxy.Admin;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LoadBalancer.Proxy.CommandLine;

/// <summary>Shows how things stand, anew every second: in a terminal in one place, elsewhere one below the other, as JSON one line each.</summary>
/// <param name="client">Who is asked.</param>
/// <param name="output">Where it is shown.</param>
/// <param name="time">The clock.</param>
internal sealed class StatusWatch(AdminClient client, TextWriter output, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    // A blank on both sides, and what stands between columns.
    private const int ColumnGap = 3;

    /// <summary>Shows it until it is told to end, by Ctrl+C or SIGTERM.</summary>
    /// <param name="asJson">Whether the answers of the API are shown.</param>
    /// <exception cref="AdminCallException">The first call could not be done. Those after it may fail: that is then shown.</exception>
    public async Task RunAsync(bool asJson, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var first = await client.CallAsync(HttpMethod.Get, "api/clusters");
        if (asJson || output != Console.Out || Console.IsOutputRedirected)
        {
            await RepeatAsync(first, text => output.WriteLine(asJson ? JsonNode.Parse(text)!.ToJsonString() : $"{OperatorTexts.Describe(AdminCall.Read(text, AdminCall.Answers.StateView))}"), output.WriteLine, end.Token);
            return;
        }

        await AnsiConsole.Live(Text.Empty).StartAsync(screen => RepeatAsync(
            first,
            text => screen.UpdateTarget(Draw(AdminCall.Read(text, AdminCall.Answers.StateView))),
            error => screen.UpdateTarget(new Text(error, new Style(Color.Red))),
            end.Token));

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            end.Cancel();
        }
    }

    private async Task RepeatAsync(string? text, Action<string> show, Action<string> fail, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                show(text ?? await client.CallAsync(HttpMethod.Get, "api/clusters"));
            }
            catch (AdminCallException exception)
            {
                fail(exception.Message);
            }

            text = null;
            await Task.Delay(Every, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Rows Draw(StateView state)
    {
        if (state.Clusters.Count == 0)
        {
            return new Rows(new Text(OperatorTexts.Describe(state)));
        }

        return new Rows(state.Clusters.Select(IRenderable (cluster) =>
        {
            var table = new Table { Border = TableBorder.Simple, Title = new TableTitle(Markup.Escape(OperatorTexts.TitleOf(cluster))) };
            string[][] rows = [.. cluster.Destinations.Select(OperatorTexts.CellsOf)];
            var columns = OperatorTexts.ColumnsWithin(rows, AnsiConsole.Profile.Width - 1, ColumnGap);
            foreach (var column in columns.Select(index => OperatorTexts.StatusColumns[index]))
            {
                table.AddColumn(new TableColumn(new Text(column.TrimStart('>'))) { Alignment = column.StartsWith('>') ? Justify.Right : Justify.Left, NoWrap = true });
            }

            foreach (var (destination, cells) in cluster.Destinations.Zip(rows))
            {
                var style = new Style(!destination.Available ? Color.Red : destination.State == "Active" ? Color.Default : Color.Yellow);
                table.AddRow(columns.Select(index => new Text(cells[index], style)));
            }

            return table;
        }));
    }
}
