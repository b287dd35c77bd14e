using System.Runtime.InteropServices;

namespace LoadBalancer.EmbeddedHost.Launching;

/// <summary>The few calls to the C library that .NET has no name for.</summary>
internal static partial class Posix
{
    public const int Sigkill = 9;
    public const int Sigterm = 15;

    private const int SetParentDeathSignal = 1;

    /// <summary>Asks the kernel to kill this process when the thread that started it ends. Linux only.</summary>
    public static bool DieWithParent() => Prctl(SetParentDeathSignal, Sigkill, 0, 0, 0) == 0;

    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int ParentId();

    [LibraryImport("libc", EntryPoint = "setpgid", SetLastError = true)]
    public static partial int SetProcessGroup(int process, int group);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    /// <summary>Becomes another program; returns only when that fails. The last element of the arguments must be null.</summary>
    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Execute(string path, string?[] arguments);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
