using System.Runtime.InteropServices;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>The system calls of the engine. What returns a number returns a negative <see cref="Errno"/> when it fails.</summary>
/// <remarks>
/// Unsafe, for the kernel takes addresses: every span is pinned for the length of its call, and nothing of it is kept.
/// Calls that never block leave out the collector's bookkeeping; <c>epoll_wait</c>, which waits, must not.
/// </remarks>
internal static unsafe partial class Syscalls
{
    public const int EventIn = 0x1;
    public const int EventOut = 0x4;
    public const int EventError = 0x8;
    public const int EventHangUp = 0x10;
    public const int EventPeerFinished = 0x2000;
    public const int EventExclusive = 1 << 28;
    public const int EventEdge = 1 << 31;

    /// <summary>A receive or send with it never waits.</summary>
    public const int DontWait = 0x40;

    /// <summary>A send with it is no signal to the process when the connection is broken.</summary>
    public const int NoSignal = 0x4000;

    private const string Libc = "libc";

    private const int NonBlockCloseOnExec = 0x800 | 0x80000;
    private const int Peeking = 0x2 | DontWait;
    private const int Stream = 1;
    private const int SocketLevel = 1;
    private const int SocketError = 4;
    private const int LingerOption = 13;
    private const int TcpLevel = 6;
    private const int NoDelayOption = 1;
    private const int ShutWrite = 1;
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int NonBlock = 0x800;
    private const int SetTimerSlack = 29;
    private const int Add = 1;
    private const int Remove = 2;

    // A kernel structure of 12 bytes on x64, where it is packed, and of 16 elsewhere.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    [ThreadStatic]
    private static int* _errno;

    /// <summary>The size of an event as the kernel writes it.</summary>
    public static int EventSize { get; } = DataOffset + sizeof(long);

    private static int Failure
    {
        get
        {
            if (_errno is null)
            {
                _errno = ErrnoLocation();
            }

            return -*_errno;
        }
    }

    public static int CreatePoll() => Check(EpollCreate(0x80000));

    /// <summary>Watches a descriptor. The data comes with its events.</summary>
    public static int Watch(int poll, int descriptor, int events, long data)
    {
        var change = stackalloc byte[16];
        *(int*)change = events;
        *(long*)(change + DataOffset) = data;
        return Check(EpollControl(poll, Add, descriptor, change));
    }

    /// <summary>Watches a descriptor no longer.</summary>
    public static int Unwatch(int poll, int descriptor)
    {
        var none = stackalloc byte[16];
        return Check(EpollControl(poll, Remove, descriptor, none));
    }

    /// <summary>Waits for events.</summary>
    /// <returns>How many there are; 0 also when a signal came first.</returns>
    public static int Wait(int poll, Span<byte> events, int timeout)
    {
        fixed (byte* pinned = events)
        {
            var count = timeout == 0 ? EpollPoll(poll, pinned, events.Length / EventSize, 0) : EpollWait(poll, pinned, events.Length / EventSize, timeout);
            return Math.Max(count, 0);
        }
    }

    /// <summary>Has the sleeps of this thread end on time. Otherwise the kernel lets them end up to 50 us later, so that timers of several threads end together.</summary>
    public static void SleepExactly() => _ = ProcessControl(SetTimerSlack, 1, 0, 0, 0);

    /// <summary>Sleeps for less than a second, given in ticks of 100 ns. A signal ends it early.</summary>
    public static void Sleep(long ticks)
    {
        var span = stackalloc nint[2];
        (span[0], span[1]) = (0, (nint)(ticks * TimeSpan.NanosecondsPerTick));
        _ = NanoSleep(span, null);
    }

    /// <summary>One of the events that were waited for.</summary>
    public static (int Events, long Data) EventAt(ReadOnlySpan<byte> events, int index)
    {
        var at = events.Slice(index * EventSize, EventSize);
        return (BitConverter.ToInt32(at), BitConverter.ToInt64(at[DataOffset..]));
    }

    /// <summary>A counter that other threads wake a loop by.</summary>
    public static int CreateWaker() => Check(EventDescriptor(0, NonBlockCloseOnExec));

    public static void Wake(int waker)
    {
        var one = 1UL;
        _ = Write(waker, (byte*)&one, sizeof(ulong));
    }

    public static void HearWaker(int waker)
    {
        ulong count;
        _ = Read(waker, (byte*)&count, sizeof(ulong));
    }

    /// <summary>Accepts a connection, non-blocking, with the address of its other end.</summary>
    public static int Accept(int listener, Span<byte> address, out int length)
    {
        length = address.Length;
        fixed (byte* pinned = address)
        fixed (int* size = &length)
        {
            return Check(Accept4(listener, pinned, size, NonBlockCloseOnExec));
        }
    }

    /// <summary>The address of this end of a connection.</summary>
    /// <returns>How many bytes it has; 0 when there is none to be had.</returns>
    public static int LocalAddress(int socket, Span<byte> address)
    {
        var length = address.Length;
        fixed (byte* pinned = address)
        {
            return SocketName(socket, pinned, &length) < 0 ? 0 : Math.Min(length, address.Length);
        }
    }

    /// <summary>Makes a socket for TCP, non-blocking.</summary>
    public static int CreateSocket(int family) => Check(CreateSocket(family, Stream | NonBlockCloseOnExec, 0));

    public static int Connect(int socket, ReadOnlySpan<byte> address)
    {
        fixed (byte* pinned = address)
        {
            return Check(Connect(socket, pinned, address.Length));
        }
    }

    /// <summary>What has become of a connection that was being made, or what broke one.</summary>
    public static Errno ErrorOf(int socket)
    {
        int error = 0, length = sizeof(int);
        return GetOption(socket, SocketLevel, SocketError, &error, &length) < 0 ? (Errno)(-Failure) : (Errno)error;
    }

    public static void SetNoDelay(int socket)
    {
        var on = 1;
        _ = SetOption(socket, TcpLevel, NoDelayOption, &on, sizeof(int));
    }

    /// <summary>Has the other end told by a reset, when the socket is closed, that not all came through.</summary>
    public static void ResetAtClose(int socket)
    {
        var linger = stackalloc int[2] { 1, 0 };
        _ = SetOption(socket, SocketLevel, LingerOption, linger, 2 * sizeof(int));
    }

    public static void SetNonBlocking(int descriptor) => _ = Control(descriptor, SetFlags, Control(descriptor, GetFlags, 0) | NonBlock);

    public static int Receive(int socket, Span<byte> buffer)
    {
        fixed (byte* pinned = buffer)
        {
            return Check((int)Receive(socket, pinned, buffer.Length, 0));
        }
    }

    /// <summary>Looks whether there is anything to receive, and leaves it there.</summary>
    public static int Peek(int socket)
    {
        byte one;
        return Check((int)Receive(socket, &one, 1, Peeking));
    }

    public static int Send(int socket, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pinned = bytes)
        {
            return Check((int)Send(socket, pinned, bytes.Length, NoSignal));
        }
    }

    /// <summary>Sends two pieces in one call.</summary>
    public static int Send(int socket, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        fixed (byte* one = first)
        fixed (byte* other = second)
        {
            var parts = stackalloc nint[4] { (nint)one, first.Length, (nint)other, second.Length };
            var message = new Message { Parts = parts, Count = 2 };
            return Check((int)SendMessage(socket, &message, NoSignal));
        }
    }

    public static void FinishSending(int socket) => _ = Shutdown(socket, ShutWrite);

    public static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    private static int Check(int result) => result < 0 ? Failure : result;

    [LibraryImport(Libc, EntryPoint = "__errno_location")]
    private static partial int* ErrnoLocation();

    [LibraryImport(Libc, EntryPoint = "epoll_create1")]
    private static partial int EpollCreate(int flags);

    [LibraryImport(Libc, EntryPoint = "epoll_ctl"), SuppressGCTransition]
    private static partial int EpollControl(int poll, int operation, int descriptor, byte* change);

    [LibraryImport(Libc, EntryPoint = "epoll_wait")]
    private static partial int EpollWait(int poll, byte* events, int most, int timeout);

    [LibraryImport(Libc, EntryPoint = "nanosleep")]
    private static partial int NanoSleep(nint* span, nint* left);

    [LibraryImport(Libc, EntryPoint = "prctl"), SuppressGCTransition]
    private static partial int ProcessControl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport(Libc, EntryPoint = "epoll_wait"), SuppressGCTransition]
    private static partial int EpollPoll(int poll, byte* events, int most, int timeout);

    [LibraryImport(Libc, EntryPoint = "eventfd")]
    private static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport(Libc, EntryPoint = "write"), SuppressGCTransition]
    private static partial nint Write(int descriptor, byte* bytes, nint length);

    [LibraryImport(Libc, EntryPoint = "read"), SuppressGCTransition]
    private static partial nint Read(int descriptor, byte* bytes, nint length);

    [LibraryImport(Libc, EntryPoint = "accept4"), SuppressGCTransition]
    private static partial int Accept4(int listener, byte* address, int* length, int flags);

    [LibraryImport(Libc, EntryPoint = "getsockname"), SuppressGCTransition]
    private static partial int SocketName(int socket, byte* address, int* length);

    [LibraryImport(Libc, EntryPoint = "socket"), SuppressGCTransition]
    private static partial int CreateSocket(int family, int type, int protocol);

    [LibraryImport(Libc, EntryPoint = "connect"), SuppressGCTransition]
    private static partial int Connect(int socket, byte* address, int length);

    [LibraryImport(Libc, EntryPoint = "getsockopt"), SuppressGCTransition]
    private static partial int GetOption(int socket, int level, int option, int* value, int* length);

    [LibraryImport(Libc, EntryPoint = "setsockopt"), SuppressGCTransition]
    private static partial int SetOption(int socket, int level, int option, int* value, int length);

    [LibraryImport(Libc, EntryPoint = "fcntl"), SuppressGCTransition]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport(Libc, EntryPoint = "recv"), SuppressGCTransition]
    private static partial nint Receive(int socket, byte* buffer, nint length, int flags);

    [LibraryImport(Libc, EntryPoint = "send"), SuppressGCTransition]
    private static partial nint Send(int socket, byte* bytes, nint length, int flags);

    [LibraryImport(Libc, EntryPoint = "sendmsg"), SuppressGCTransition]
    private static partial nint SendMessage(int socket, Message* message, int flags);

    [LibraryImport(Libc, EntryPoint = "shutdown"), SuppressGCTransition]
    private static partial int Shutdown(int socket, int how);

    [LibraryImport(Libc, EntryPoint = "close"), SuppressGCTransition]
    private static partial int CloseDescriptor(int descriptor);

    /// <summary>A message as <c>sendmsg</c> takes it (struct msghdr).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public int NameLength;
        public nint* Parts;
        public nint Count;
        public void* Control;
        public nint ControlLength;
        public int Flags;
    }
}
