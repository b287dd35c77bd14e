namespace LoadBalancer.Compare.Measuring;

/// <summary>One proxy under load for some seconds: what was measured.</summary>
/// <param name="Load">What the load generator saw: one request at least.</param>
/// <param name="Proxy">The CPU time of all processes of the proxy.</param>
/// <param name="BusyTicks">How long the two CPUs were busy, with whatever it was.</param>
/// <param name="KnownTicks">How long with what belongs to the measurement: proxy, destinations, load generator and the kernel's threads for network traffic.</param>
/// <param name="Switches">How often a thread of the proxy left its CPU.</param>
/// <param name="ResidentMegabytes">The resident memory of all processes of the proxy, in MiB. What they share is counted for each.</param>
internal sealed record Slot(LoadReport Load, CpuTime Proxy, long BusyTicks, long KnownTicks, long Switches, double ResidentMegabytes)
{
    // Above that, what else runs decides over the figures.
    private const double MostForeign = 0.10;

    /// <summary>CPU time of the proxy for a request, in microseconds.</summary>
    public double CpuPerRequest => Proxy.Microseconds / Load.Requests;

    /// <summary>The part of it in user mode.</summary>
    public double UserPerRequest => Proxy.UserMicroseconds / Load.Requests;

    /// <summary>The part of it in the kernel.</summary>
    public double KernelPerRequest => Proxy.KernelMicroseconds / Load.Requests;

    /// <summary>What part of it is in user mode, from 0 to 1.</summary>
    public double UserShare => Proxy.Ticks == 0 ? 0 : (double)Proxy.UserTicks / Proxy.Ticks;

    /// <summary>How often a thread of the proxy left its CPU for a request.</summary>
    public double SwitchesPerRequest => (double)Switches / Load.Requests;

    /// <summary>CPU time of both CPUs for a request, whoever spent it, in microseconds.</summary>
    public double MachinePerRequest => CpuTime.ToMicroseconds(BusyTicks) / Load.Requests;

    /// <summary>How many bytes the proxy has grown by for each connection.</summary>
    public double BytesPerConnection => Load.GrowthMegabytes * 1024 * 1024 / Load.Grown;

    /// <summary>How many system calls of the proxy a request took, where they were counted; not a number elsewhere.</summary>
    public double CallsPerRequest { get; init; } = double.NaN;

    /// <summary>Whether something else kept the CPUs busy for more than a tenth of the time that the measurement did.</summary>
    public bool IsDisturbed => BusyTicks > KnownTicks * (1 + MostForeign);
}
