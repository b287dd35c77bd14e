namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>A descriptor that its loop watches.</summary>
internal abstract class Watched : Timed
{
    /// <summary>The descriptor; -1 when there is none.</summary>
    public int Descriptor { get; set; } = -1;

    /// <summary>Its place among those that the loop watches; -1 when it is not watched.</summary>
    public int Place { get; set; } = -1;

    /// <summary>The descriptor has something to tell.</summary>
    /// <param name="events">Bits of <see cref="Syscalls"/>.</param>
    public abstract void OnEvents(int events);
}
