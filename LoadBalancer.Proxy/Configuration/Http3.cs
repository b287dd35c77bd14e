using System.Net.Quic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LoadBalancer.Proxy.Configuration;

/// <summary>HTTP/3 needs QUIC, and the platform has that of a library that not every machine has.</summary>
internal static class Http3
{
    /// <summary>What is said where it is not.</summary>
    public const string Missing = "the library libmsquic is not on this machine";

    /// <summary>Whether it is there.</summary>
    public static bool IsHere { get; } = (OperatingSystem.IsWindows() || HasLibrary()) && IsSupported();

    /// <summary>The listeners that speak nothing else, where it is not: nothing could serve them.</summary>
    public static IEnumerable<ConfigurationError> Check(LoadBalancerOptions options) => IsHere ? []
        : options.Listeners.Where(listener => listener.Value.Protocols == ListenerProtocols.Http3)
            .Select(listener => new ConfigurationError($"Listeners:{listener.Key}:Protocols", $"asks for HTTP/3 alone, which this machine cannot speak: {Missing}"));

    // The platform's own question loads half a megabyte of its code, to say no. It looks beside itself first, and so do we.
    private static bool HasLibrary()
    {
        string[] names = OperatingSystem.IsMacOS() ? ["libmsquic.2.dylib", "libmsquic.dylib"] : ["libmsquic.so.2", "libmsquic.so"];
        return names.Any(name => NativeLibrary.TryLoad(name, typeof(object).Assembly, DllImportSearchPath.AssemblyDirectory, out _));
    }

    // A method of its own: what calls it is compiled without the platform's QUIC.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsSupported() => (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() || OperatingSystem.IsWindows()) && QuicListener.IsSupported;
}
