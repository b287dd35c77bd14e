namespace LoadBalancer.Compare.Measuring;

/// <summary>CPU time as the kernel counts it for processes.</summary>
/// <param name="UserTicks">In user mode, in ticks.</param>
/// <param name="KernelTicks">In the kernel, in ticks.</param>
internal readonly record struct CpuTime(long UserTicks, long KernelTicks)
{
    // USER_HZ, the unit of /proc, is 100 on every architecture that .NET runs on, whatever the kernel's own tick is.
    private const double MicrosecondsPerTick = 10_000;

    /// <summary>The whole of it, in ticks.</summary>
    public long Ticks => UserTicks + KernelTicks;

    /// <summary>The whole of it, in microseconds. The kernel measures this exactly.</summary>
    public double Microseconds => ToMicroseconds(Ticks);

    /// <summary>The part in user mode, in microseconds. The kernel samples how the whole is to be divided.</summary>
    public double UserMicroseconds => ToMicroseconds(UserTicks);

    /// <summary>The part in the kernel, in microseconds.</summary>
    public double KernelMicroseconds => ToMicroseconds(KernelTicks);

    public static CpuTime operator +(CpuTime one, CpuTime other) => new(one.UserTicks + other.UserTicks, one.KernelTicks + other.KernelTicks);

    public static CpuTime operator -(CpuTime one, CpuTime other) => new(one.UserTicks - other.UserTicks, one.KernelTicks - other.KernelTicks);

    /// <summary>A number of ticks of <c>/proc</c> in microseconds.</summary>
    public static double ToMicroseconds(long ticks) => ticks * MicrosecondsPerTick;
}
