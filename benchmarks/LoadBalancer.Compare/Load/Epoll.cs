using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace LoadBalancer.Compare.Load;

/// <summary>
/// Waits for many sockets at once, on one thread. The asynchronous calls of the platform would try each read in vain before they wait for it, and the load would
/// take more of its CPU than the proxy of its own.
/// </summary>
internal sealed class Epoll
{
    private const int CloseOnExec = 0x80000;
    private const int Add = 1;
    private const int Readable = 1;
    private const int Most = 256;

    // The structure is packed on x64 and nowhere else (epoll_event(3type)): events, and 8 bytes for whoever asks.
    private static readonly int Size = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int KeyAt = Size - 8;

    private readonly int _epoll = Check(epoll_create1(CloseOnExec));
    private readonly byte[] _events = new byte[Most * Size];
    private readonly int[] _keys = new int[Most];

    /// <summary>Tells from now on when something can be read from a socket, until it is disposed.</summary>
    /// <param name="key">What it is called then.</param>
    public void Watch(Socket socket, int key)
    {
        var wanted = new byte[Size];
        BitConverter.TryWriteBytes(wanted, Readable);
        BitConverter.TryWriteBytes(wanted.AsSpan(KeyAt), key);
        Check(epoll_ctl(_epoll, Add, (int)socket.Handle, wanted));
    }

    /// <summary>Waits until something can be read.</summary>
    /// <param name="limit">For how long at most.</param>
    /// <returns>The keys of the sockets; they stand there until the next call.</returns>
    public ReadOnlySpan<int> Wait(TimeSpan limit)
    {
        // A signal ends it early; there is nothing to read then.
        var count = Math.Max(0, epoll_wait(_epoll, _events, Most, (int)limit.TotalMilliseconds));
        for (var i = 0; i < count; i++)
        {
            _keys[i] = BitConverter.ToInt32(_events, (i * Size) + KeyAt);
        }

        return _keys.AsSpan(0, count);
    }

    private static int Check(int result) => result >= 0 ? result : throw new SocketException(Marshal.GetLastPInvokeError());

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int epoll_create1(int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int epoll_ctl(int epoll, int operation, int descriptor, byte[] wanted);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int epoll_wait(int epoll, [Out] byte[] events, int most, int milliseconds);
}
