using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>A proxy to be loaded for a while.</summary>
/// <param name="Proxy">Its address.</param>
/// <param name="Duration">For how long.</param>
/// <param name="Cpu">Where the load generator is to run.</param>
/// <param name="Folder">Where to write files.</param>
internal sealed record Drive(Uri Proxy, TimeSpan Duration, int Cpu, WorkFolder Folder);
