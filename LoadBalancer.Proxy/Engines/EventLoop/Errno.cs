namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Why a system call failed, by the numbers that Linux has for it on x64 and arm64 alike.</summary>
internal enum Errno
{
    None = 0,

    /// <summary>A signal came first: to be called again.</summary>
    Interrupted = 4,

    /// <summary>No more bytes, room or connections for now (EAGAIN, which is EWOULDBLOCK).</summary>
    WouldBlock = 11,

    OutOfMemory = 12,
    NotPermitted = 1,
    PermissionDenied = 13,
    Invalid = 22,
    NotImplemented = 38,

    /// <summary>The machine has no descriptor left.</summary>
    TooManyFilesInSystem = 23,

    /// <summary>The process has no descriptor left.</summary>
    TooManyFiles = 24,

    BrokenPipe = 32,
    Protocol = 71,
    NotASocket = 88,
    MessageTooLong = 90,
    ProtocolNotSupported = 92,
    NotSupported = 95,
    AddressInUse = 98,

    /// <summary>This machine has no such address, or no port left to connect from.</summary>
    AddressNotAvailable = 99,

    NetworkDown = 100,
    NetworkUnreachable = 101,
    ConnectionAborted = 103,
    ConnectionReset = 104,
    NoBufferSpace = 105,
    NotConnected = 107,
    TimedOut = 110,
    ConnectionRefused = 111,
    HostDown = 112,
    HostUnreachable = 113,
    InProgress = 115,
}

/// <summary>What the numbers mean for each call.</summary>
internal static class Errnos
{
    /// <summary>Whether accept failed for one connection, which broke while it waited: the next one may be there. Linux passes errors of the network on so (accept(2)).</summary>
    public static bool IsOfOneConnection(this Errno errno) => errno is Errno.Interrupted or Errno.ConnectionAborted or Errno.ConnectionReset or Errno.Protocol or Errno.NotPermitted
        or Errno.NetworkDown or Errno.HostDown or Errno.HostUnreachable or Errno.NetworkUnreachable or Errno.ProtocolNotSupported or Errno.NotSupported or Errno.TimedOut;

    /// <summary>Whether accept failed for want of descriptors or memory. Asked at once, it would fail again.</summary>
    public static bool IsShortage(this Errno errno) => errno is Errno.TooManyFiles or Errno.TooManyFilesInSystem or Errno.NoBufferSpace or Errno.OutOfMemory;

    /// <summary>Whether a connection is being made, and it will be told when it is there.</summary>
    public static bool IsUnderWay(this Errno errno) => errno is Errno.InProgress or Errno.Interrupted;

    /// <summary>Whether recv or send has nothing to do for now.</summary>
    public static bool IsForLater(this Errno errno) => errno is Errno.WouldBlock or Errno.NoBufferSpace;

    /// <summary>The reason in the words of the logs.</summary>
    public static string Text(this Errno errno) => errno switch
    {
        Errno.TooManyFiles => "too many open files",
        Errno.TooManyFilesInSystem => "too many open files in the system",
        Errno.NoBufferSpace => "no buffer space",
        Errno.OutOfMemory => "out of memory",
        Errno.ConnectionRefused => "connection refused",
        Errno.ConnectionReset => "connection reset",
        Errno.NotPermitted => "operation not permitted",
        Errno.PermissionDenied => "permission denied",
        Errno.Invalid => "invalid argument",
        Errno.NotSupported => "not supported",
        Errno.NotImplemented => "function not implemented",
        Errno.BrokenPipe => "broken pipe",
        Errno.TimedOut => "timed out",
        Errno.NetworkUnreachable => "network unreachable",
        Errno.HostUnreachable => "host unreachable",
        Errno.AddressNotAvailable => "address not available",
        _ => $"error {(int)errno}",
    };
}
