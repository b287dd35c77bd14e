using System.Globalization;
using LoadBalancer.Compare.Measuring;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>Load from wrk: each client sends its next request when it has the answer to the last.</summary>
internal abstract class WrkScenario : Scenario
{
    /// <summary>Further arguments for wrk: <c>-s script.lua</c> for requests with a body, <c>-H "Connection: close"</c> for a new connection each.</summary>
    /// <param name="folder">Where to write files.</param>
    protected virtual IReadOnlyList<string> Arguments(WorkFolder folder) => [];

    /// <inheritdoc />
    public override async Task<LoadReport> DriveAsync(Drive drive, CancellationToken cancellationToken)
    {
        var wrk = new Launch(
            Programs.Need("wrk"),
            [
                "--latency", "--timeout", "5s", "--threads", "1",
                "--connections", Clients.ToString(CultureInfo.InvariantCulture),
                "--duration", string.Create(CultureInfo.InvariantCulture, $"{drive.Duration.TotalSeconds:0}s"),
                .. Arguments(drive.Folder),
                new Uri(drive.Proxy, Path).ToString(),
            ]);
        return WrkOutput.Parse(await Child.RunAsync(wrk.On(drive.Cpu), drive.Duration + TimeSpan.FromSeconds(30), cancellationToken));
    }
}
