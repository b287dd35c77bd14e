using System.Diagnostics;
using System.Globalization;
using LoadBalancer.Compare.Processes;
using LoadBalancer.Compare.Scenarios;

namespace LoadBalancer.Compare.Peers;

/// <summary>Our proxy, where there is telemetry with it as in production: metrics are collected and exported, traces are not sampled.</summary>
/// <param name="name">The name that tables and bars have for it.</param>
/// <param name="program">The file of its program.</param>
/// <param name="options">Further options of its command line.</param>
internal sealed class LoadBalancerPeer(string name, string program, params IReadOnlyList<string> options) : Peer(name, program)
{
    /// <summary>How many loops it has; null for what it takes by itself, which is one for each CPU that it may use.</summary>
    public int? Loops { get; init; }

    /// <inheritdoc />
    public override bool IsOurs => true;

    /// <inheritdoc />
    public override bool CompilesAsItRuns => true;

    // Its own number of loops makes a difference only where there could be several.
    /// <inheritdoc />
    public override bool TakesPartIn(Scenario scenario) => Loops is null || scenario.Threads > 1;

    /// <inheritdoc />
    public override async Task<string> ReadVersionAsync(CancellationToken cancellationToken) =>
        $"LoadBalancer {(File.Exists(Program + ".dll") ? FileVersionInfo.GetVersionInfo(Program + ".dll").ProductVersion : await AskVersionAsync("--version", cancellationToken))}";

    /// <inheritdoc />
    public override Launch Prepare(PeerSetup setup) => new(
        Program,
        [
            "--servers", string.Join(',', setup.DestinationAddresses),
            "--listen", $"http://127.0.0.1:{setup.Port}",
            "--health-path", PeerSetup.HealthPath,
            "--health-interval", $"{PeerSetup.HealthSeconds}s",
            "--admin", "none",
            .. options,
        ])
    {
        WorkingFolder = setup.Folder.Create(Name),
        Environment = EnvironmentOf(setup),
    };

    private Dictionary<string, string> EnvironmentOf(PeerSetup setup)
    {
        var environment = new Dictionary<string, string>();
        if (setup.Telemetry is { } telemetry)
        {
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = telemetry.ToString();
            environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
            environment["OTEL_TRACES_SAMPLER"] = "always_off";
        }

        if (Loops is { } loops)
        {
            environment["LoadBalancer__EventLoops"] = loops.ToString(CultureInfo.InvariantCulture);
        }

        return environment;
    }
}
