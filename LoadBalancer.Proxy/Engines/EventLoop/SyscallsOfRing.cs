using System.Runtime.InteropServices;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The system calls of io_uring, for which libc has no functions.</summary>
internal static unsafe partial class Syscalls
{
    // The numbers are the same on x64 and arm64.
    private const nint SetUpRingNumber = 425;
    private const nint EnterRingNumber = 426;
    private const int ReadAndWrite = 0x1 | 0x2;
    private const int SharedAndPresent = 0x1 | 0x8000;

    /// <summary>Makes a ring.</summary>
    /// <param name="entries">How many operations it has room for.</param>
    /// <param name="parameters">The 120 bytes of struct io_uring_params.</param>
    /// <returns>Its descriptor.</returns>
    public static int CreateRing(int entries, byte* parameters) => Check((int)Call(SetUpRingNumber, entries, (nint)parameters, 0, 0, 0, 0));

    /// <summary>Has the operations done that were written to a ring.</summary>
    /// <param name="ring">Its descriptor.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="least">For how many to wait until they are done.</param>
    /// <returns>How many were taken.</returns>
    public static int EnterRing(int ring, int count, int least)
    {
        const int getEvents = 1;
        return Check((int)Call(EnterRingNumber, ring, count, least, getEvents, 0, 0));
    }

    /// <summary>Maps the memory of a ring; null when that cannot be.</summary>
    public static byte* MapRing(int ring, nuint length, nint offset)
    {
        var address = Map(null, length, ReadAndWrite, SharedAndPresent, ring, offset);
        return (nint)address == -1 ? null : address;
    }

    public static void Unmap(byte* address, nuint length) => _ = UnmapMemory(address, length);

    // Variadic in C. On Linux, that makes no difference to how numbers and addresses are passed.
    [LibraryImport(Libc, EntryPoint = "syscall")]
    private static partial nint Call(nint number, nint first, nint second, nint third, nint fourth, nint fifth, nint sixth);

    [LibraryImport(Libc, EntryPoint = "mmap")]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport(Libc, EntryPoint = "munmap")]
    private static partial int UnmapMemory(void* address, nuint length);
}
