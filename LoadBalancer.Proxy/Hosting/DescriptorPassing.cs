using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace LoadBalancer.Proxy.Hosting;

/// <summary>Sends open files from one process to another over a Unix socket, and takes them: unix(7), SCM_RIGHTS. On Linux; the platform has no call for it.</summary>
internal static unsafe partial class DescriptorPassing
{
    // How many one message takes: the system allows 253.
    private const int MostAtOnce = 200;

    // What goes with the last descriptors, and with those before them where there are too many for one message. Of one length, so that each read is one message.
    private static readonly byte[] Last = "loadbalancer 1\n"u8.ToArray();
    private static readonly byte[] More = "loadbalancer +\n"u8.ToArray();

    private const string Libc = "libc";
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int NoSignal = 0x4000;
    private const int CloseOnExec = 0x40000000;
    private const int ControlTruncated = 0x8;
    private const int SetDescriptorFlags = 2;

    private static readonly int HeaderSize = sizeof(ControlHeader);

    /// <summary>Sends descriptors, however many there are.</summary>
    /// <exception cref="SocketException">It could not be done.</exception>
    public static void SendAll(Socket socket, ReadOnlySpan<int> descriptors)
    {
        for (; descriptors.Length > MostAtOnce; descriptors = descriptors[MostAtOnce..])
        {
            Send(socket, More, descriptors[..MostAtOnce]);
        }

        Send(socket, Last, descriptors);
    }

    /// <summary>Takes what <see cref="SendAll"/> sends.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="patience">How long each message may take.</param>
    /// <returns>The descriptors, which are the caller's to close.</returns>
    /// <exception cref="SocketException">It could not be done, or the other side speaks otherwise.</exception>
    public static IReadOnlyList<int> ReceiveAll(Socket socket, TimeSpan patience)
    {
        var (all, said) = (new List<int>(), new byte[Last.Length]);
        while (true)
        {
            if (!socket.Poll(patience, SelectMode.SelectRead))
            {
                throw new SocketException((int)SocketError.TimedOut);
            }

            var (bytes, descriptors) = Receive(socket, said);
            all.AddRange(descriptors);
            if (bytes == said.Length && said.AsSpan().SequenceEqual(Last))
            {
                return all;
            }

            if (bytes != said.Length || !said.AsSpan().SequenceEqual(More))
            {
                throw new SocketException((int)SocketError.ProtocolNotSupported);
            }
        }
    }

    /// <summary>Sends bytes, and descriptors with them.</summary>
    /// <exception cref="SocketException">It could not be done.</exception>
    public static void Send(Socket socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> descriptors)
    {
        var control = new byte[Space(descriptors.Length)];
        fixed (byte* data = bytes, ancillary = control)
        {
            var header = (ControlHeader*)ancillary;
            (header->Length, header->Level, header->Type) = ((nuint)(HeaderSize + (descriptors.Length * sizeof(int))), SocketLevel, Rights);
            descriptors.CopyTo(new Span<int>(ancillary + HeaderSize, descriptors.Length));
            var vector = new Vector { Start = (nint)data, Length = (nuint)bytes.Length };
            var message = new Message { Vectors = &vector, VectorCount = 1, Control = (nint)ancillary, ControlLength = (nuint)control.Length };
            if (SendMessage((int)socket.SafeHandle.DangerousGetHandle(), &message, NoSignal) != bytes.Length)
            {
                throw new SocketException(Marshal.GetLastPInvokeError());
            }
        }
    }

    /// <summary>Takes bytes, and the descriptors that come with them.</summary>
    /// <returns>How many bytes came, none where the other side has closed; and the descriptors, which are the caller's to close.</returns>
    /// <exception cref="SocketException">It could not be done.</exception>
    public static (int Bytes, int[] Descriptors) Receive(Socket socket, Span<byte> bytes)
    {
        var control = new byte[Space(MostAtOnce)];
        fixed (byte* data = bytes, ancillary = control)
        {
            var vector = new Vector { Start = (nint)data, Length = (nuint)bytes.Length };
            var message = new Message { Vectors = &vector, VectorCount = 1, Control = (nint)ancillary, ControlLength = (nuint)control.Length };
            var received = (int)ReceiveMessage((int)socket.SafeHandle.DangerousGetHandle(), &message, CloseOnExec);
            if (received < 0)
            {
                throw new SocketException(Marshal.GetLastPInvokeError());
            }

            var header = (ControlHeader*)ancillary;
            if (message.ControlLength < (nuint)HeaderSize || header->Level != SocketLevel || header->Type != Rights)
            {
                return (received, []);
            }

            var descriptors = new ReadOnlySpan<int>(ancillary + HeaderSize, ((int)header->Length - HeaderSize) / sizeof(int)).ToArray();
            return (message.Flags & ControlTruncated) == 0 ? (received, descriptors) : throw new SocketException((int)SocketError.MessageSize);
        }
    }

    /// <summary>Marks a descriptor as one that others have as well. A listening socket that is closed while it is being accepted on is otherwise disconnected by the platform, and that everywhere.</summary>
    /// <remarks>The platform takes the flag FD_CLOEXEC for that mark; this program starts no others that could inherit what has none.</remarks>
    public static void MarkShared(Socket socket) => _ = Control((int)socket.SafeHandle.DangerousGetHandle(), SetDescriptorFlags, 0);

    // CMSG_SPACE of cmsg(3): each part begins where a word does.
    private static int Space(int descriptors) => HeaderSize + (((descriptors * sizeof(int)) + sizeof(nint) - 1) & -sizeof(nint));

    [LibraryImport(Libc, EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport(Libc, EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int descriptor, Message* message, int flags);

    [LibraryImport(Libc, EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int descriptor, Message* message, int flags);

    // struct iovec, msghdr and cmsghdr. With musl some lengths are shorter and padded, which on little-endian machines is the same.
    private struct Vector
    {
        public nint Start;
        public nuint Length;
    }

    private struct Message
    {
        public nint Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public nint Control;
        public nuint ControlLength;
        public int Flags;
    }

    private struct ControlHeader
    {
        public nuint Length;
        public int Level;
        public int Type;
    }
}
