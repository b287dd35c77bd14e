using LoadBalancer.Compare.Processes;

namespace LoadBalancer.Compare.Scenarios;

/// <summary>A proxy to be loaded for a while.</summary>
/// <param name="Proxy">Its address.</param>
/// <param name="Duration">For how long.</param>
/// <param name="Cpus">Where the load generator is to run, as a list of the kernel.</param>
/// <param name="Folder">Where to write files.</param>
/// <param name="ReadResidentMegabytes">Reads the resident memory of the proxy, in MiB.</param>
/// <param name="RestartAsync">Ends the proxy and starts it again; gives the time just before that start, as <see cref="TimeProvider.GetTimestamp"/> has it.</param>
internal sealed record Drive(Uri Proxy, TimeSpan Duration, string Cpus, WorkFolder Folder, Func<double> ReadResidentMegabytes, Func<Task<long>> RestartAsync);
