using LoadBalancer.Compare.Processes;
using LoadBalancer.Compare.Scenarios;

namespace LoadBalancer.Compare.Peers;

/// <summary>A proxy that takes part.</summary>
/// <param name="name">The name that tables and bars have for it.</param>
/// <param name="program">The file of its program; null when it is not installed.</param>
internal abstract class Peer(string name, string? program)
{
    /// <summary>The name that tables and bars have for it.</summary>
    public string Name => name;

    /// <summary>Whether there is a program to start.</summary>
    public bool IsInstalled => program is not null;

    /// <summary>Whether it is ours: it is compared with all the others.</summary>
    public virtual bool IsOurs => false;

    /// <summary>Whether its code is compiled while it runs, which on a busy CPU takes a minute.</summary>
    public virtual bool CompilesAsItRuns => false;

    /// <summary>Whether it is measured in a scenario.</summary>
    public virtual bool TakesPartIn(Scenario scenario) => true;

    /// <summary>The file of its program.</summary>
    protected string Program => program ?? throw new InvalidOperationException($"{name} is not installed.");

    /// <summary>What the program says of its version, in one line.</summary>
    public abstract Task<string> ReadVersionAsync(CancellationToken cancellationToken);

    /// <summary>Writes the configuration, and says how to start the program with it. It stays in the foreground.</summary>
    public abstract Launch Prepare(PeerSetup setup);

    /// <summary>The first line that a program prints when it is asked for its version.</summary>
    protected async Task<string> AskVersionAsync(string option, CancellationToken cancellationToken)
    {
        var said = await Child.RunAsync(new Launch(Program, option), TimeSpan.FromSeconds(10), cancellationToken);
        return said.Split('\n')[0].Trim();
    }
}

/// <summary>What a proxy is to do.</summary>
/// <param name="Port">Where to listen, on the loopback address.</param>
/// <param name="Destinations">The ports of the destinations, on the loopback address, in the order of their turns.</param>
/// <param name="Scenario">What load it is for.</param>
/// <param name="Folder">Where to write files.</param>
/// <param name="Telemetry">Where to send telemetry; null for none.</param>
internal sealed record PeerSetup(int Port, IReadOnlyList<int> Destinations, Scenario Scenario, WorkFolder Folder, Uri? Telemetry)
{
    /// <summary>The path that health probes ask for.</summary>
    public const string HealthPath = "/health";

    /// <summary>The pause between two health probes, in seconds.</summary>
    public const int HealthSeconds = 2;

    /// <summary>The destinations, each as <c>host:port</c>.</summary>
    public IEnumerable<string> DestinationAddresses => Destinations.Select(port => $"127.0.0.1:{port}");
}
