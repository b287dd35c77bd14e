using System.Net.Quic;

namespace LoadBalancer.Proxy.Engines;

/// <summary>HTTP/3 needs QUIC, and the platform has that of a library that not every machine has.</summary>
internal static class Http3
{
    /// <summary>What is said where it is not.</summary>
    public const string Missing = "the library libmsquic is not on this machine";

    /// <summary>Whether it is there.</summary>
    public static bool IsHere => (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() || OperatingSystem.IsWindows()) && QuicListener.IsSupported;
}
