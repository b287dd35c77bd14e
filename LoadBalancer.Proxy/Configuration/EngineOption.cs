namespace LoadBalancer.Proxy.Configuration;

/// <summary>What serves the listeners.</summary>
public enum EngineOption
{
    /// <summary>For each listener the event loop where it has all that is needed, and Kestrel elsewhere.</summary>
    Auto,

    /// <summary>The web server of ASP.NET Core, on every platform.</summary>
    Kestrel,

    /// <summary>The event loop, on Linux. A configuration that needs more than it has is refused.</summary>
    EventLoop,
}
