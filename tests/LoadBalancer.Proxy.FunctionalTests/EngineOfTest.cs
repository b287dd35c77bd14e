using System.Runtime.CompilerServices;
using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Testing;

namespace LoadBalancer.Proxy.FunctionalTests;

/// <summary>Which engine the proxies of a test are to be served by: that of its trait.</summary>
internal static class EngineOfTest
{
    /// <summary>The trait.</summary>
    public const string Name = "Engine";

    public const string Kestrel = nameof(Kestrel);

    /// <summary>The event loop, but for a test whose configuration asks for what it lacks.</summary>
    public const string EventLoop = nameof(EventLoop);

    [ModuleInitializer]
    internal static void TellProxyHost() => ProxyHost.EngineOfTest = static () =>
    {
        if (TestContext.Current.Test?.Traits.GetValueOrDefault(Name)?.FirstOrDefault() is not { } engine)
        {
            return null;
        }

        Assert.SkipUnless(engine == Kestrel || OperatingSystem.IsLinux(), "The event loop runs on Linux only.");
        return engine == Kestrel ? EngineOption.Kestrel : EngineOption.Auto;
    };
}
