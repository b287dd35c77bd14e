using System.Diagnostics;
using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Peers;

/// <summary>An application that uses YARP as its documentation says. The settings that are not about addresses are in its appsettings.json.</summary>
internal sealed class YarpPeer(string program) : Peer("yarp", program)
{
    /// <inheritdoc />
    public override bool CompilesAsItRuns => true;

    /// <inheritdoc />
    public override Task<string> ReadVersionAsync(CancellationToken cancellationToken)
    {
        var library = FileVersionInfo.GetVersionInfo(Path.Combine(Path.GetDirectoryName(Program)!, "Yarp.ReverseProxy.dll"));
        return Task.FromResult($"YARP {library.ProductVersion}");
    }

    /// <inheritdoc />
    public override Launch Prepare(PeerSetup setup)
    {
        var destinations = setup.DestinationAddresses.Select((address, index) => $"--ReverseProxy:Clusters:web:Destinations:d{index + 1}:Address=http://{address}");
        return new Launch(Program, [$"--urls=http://127.0.0.1:{setup.Port}", .. destinations]) { WorkingFolder = Path.GetDirectoryName(Program) };
    }
}
