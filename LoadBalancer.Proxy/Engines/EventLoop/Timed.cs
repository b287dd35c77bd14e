namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>One that has timers.</summary>
internal abstract class Timed
{
    /// <summary>The time that a timer was set to has come. The timer is off.</summary>
    public abstract void OnTimer();

    /// <summary>Something of ours failed while it was worked for. It is to end at once, whatever state it is in.</summary>
    public abstract void Abort();
}
