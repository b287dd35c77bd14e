namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Has the system do many receives or sends in one call (io_uring): to enter the kernel costs as much as half of a short one.</summary>
/// <remarks>
/// Nothing waits in it. Each operation is one that would not block, so all are done when <see cref="Submit"/> returns, and their results are those of the calls.
/// Unsafe, for it shares memory with the kernel, which takes addresses.
/// </remarks>
internal sealed unsafe class SubmissionRing : IDisposable
{
    /// <summary>How many operations there may be in one call.</summary>
    public const int Size = 32;

    /// <summary>The result of an operation that was not even tried.</summary>
    public const int NotTried = int.MinValue;

    private const int EntrySize = 64;
    private const int CompletionSize = 16;
    private const byte SendOperation = 26;
    private const byte ReceiveOperation = 27;

    // What one operation brings does not keep the others from being tried.
    private const uint SubmitAll = 1 << 7;
    private const uint SingleMapping = 1;
    private const nint EntriesOffset = 0x10000000;

    private readonly int[] _results = new int[Size];
    private int _descriptor;
    private byte* _rings;
    private nuint _ringsLength;
    private byte* _entries;
    private uint* _head;
    private uint* _tail;
    private uint* _completedHead;
    private uint* _completedTail;
    private byte* _completions;
    private uint _mask;
    private uint _completionsMask;
    private int _count;

    private SubmissionRing(int descriptor) => _descriptor = descriptor;

    /// <summary>How many operations it has done.</summary>
    public long Operations { get; private set; }

    /// <summary>How many calls these took.</summary>
    public long Calls { get; private set; }

    /// <summary>Makes one.</summary>
    /// <param name="reason">Why there is none: the kernel is too old (before 5.18), or does not let this process.</param>
    public static SubmissionRing? TryCreate(out Errno reason)
    {
        var parameters = stackalloc uint[30];
        new Span<uint>(parameters, 30).Clear();
        parameters[2] = SubmitAll;
        var descriptor = Syscalls.CreateRing(Size, (byte*)parameters);
        reason = (Errno)Math.Max(0, -descriptor);
        if (descriptor < 0)
        {
            return null;
        }

        var ring = new SubmissionRing(descriptor);
        if (ring.TryMap(parameters))
        {
            return ring;
        }

        ring.Dispose();
        reason = Errno.NotSupported;
        return null;
    }

    /// <summary>Adds a receive into pinned memory.</summary>
    public void AddReceive(int socket, Span<byte> pinned)
    {
        fixed (byte* address = pinned)
        {
            Add(ReceiveOperation, socket, address, pinned.Length, Syscalls.DontWait);
        }
    }

    /// <summary>Adds a send out of pinned memory.</summary>
    public void AddSend(int socket, ReadOnlySpan<byte> pinned)
    {
        fixed (byte* address = pinned)
        {
            Add(SendOperation, socket, address, pinned.Length, Syscalls.DontWait | Syscalls.NoSignal);
        }
    }

    /// <summary>Has all that was added done.</summary>
    /// <returns>What each brought, in the order in which they were added: how many bytes, a negative <see cref="Errno"/>, or <see cref="NotTried"/>.</returns>
    public ReadOnlySpan<int> Submit()
    {
        var (count, completed) = (_count, 0);
        _count = 0;
        _results.AsSpan(0, count).Fill(NotTried);
        Volatile.Write(ref *_tail, *_tail + (uint)count);
        while (completed < count)
        {
            // What was taken is done, or as good as done: then this waits.
            var waiting = (int)(*_tail - Volatile.Read(ref *_head));
            var entered = Syscalls.EnterRing(_descriptor, waiting, count - completed);
            Calls++;
            completed += TakeResults();
            if (entered < 0 && (Errno)(-entered) != Errno.Interrupted)
            {
                // The system has no memory for it. What it has not taken is taken back, and was not tried.
                Volatile.Write(ref *_tail, Volatile.Read(ref *_head));
                break;
            }
        }

        Operations += completed;
        return _results.AsSpan(0, count);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            Unmap();
            Syscalls.Close(_descriptor);
            _descriptor = -1;
        }
    }

    private void Unmap()
    {
        if (_rings is not null)
        {
            Syscalls.Unmap(_rings, _ringsLength);
        }

        if (_entries is not null)
        {
            Syscalls.Unmap(_entries, Size * EntrySize);
        }

        _rings = null;
        _entries = null;
    }

    // The offsets are those of struct io_uring_params: from its 10th number on those of submissions, from its 20th those of completions.
    private bool TryMap(uint* parameters)
    {
        var submissions = parameters + 10;
        var completions = parameters + 20;
        if ((parameters[5] & SingleMapping) == 0 || parameters[0] != Size)
        {
            return false;
        }

        _ringsLength = Math.Max(submissions[6] + (Size * sizeof(uint)), completions[5] + (parameters[1] * CompletionSize));
        _rings = Syscalls.MapRing(_descriptor, _ringsLength, 0);
        _entries = Syscalls.MapRing(_descriptor, Size * EntrySize, EntriesOffset);
        if (_rings is null || _entries is null)
        {
            return false;
        }

        _head = (uint*)(_rings + submissions[0]);
        _tail = (uint*)(_rings + submissions[1]);
        _mask = *(uint*)(_rings + submissions[2]);
        _completedHead = (uint*)(_rings + completions[0]);
        _completedTail = (uint*)(_rings + completions[1]);
        _completionsMask = *(uint*)(_rings + completions[2]);
        _completions = _rings + completions[5];
        var places = (uint*)(_rings + submissions[6]);
        for (var index = 0u; index < Size; index++)
        {
            places[index] = index;
        }

        return true;
    }

    // An entry is struct io_uring_sqe. What is not written here stays zero.
    private void Add(byte operation, int socket, byte* address, int length, int flags)
    {
        var entry = _entries + (((*_tail + (uint)_count) & _mask) * EntrySize);
        *entry = operation;
        *(int*)(entry + 4) = socket;
        *(ulong*)(entry + 16) = (ulong)address;
        *(int*)(entry + 24) = length;
        *(int*)(entry + 28) = flags;
        *(ulong*)(entry + 32) = (uint)_count;
        _count++;
    }

    // A completion is struct io_uring_cqe: whose it is, and its result.
    private int TakeResults()
    {
        var (from, to) = (*_completedHead, Volatile.Read(ref *_completedTail));
        for (var index = from; index != to; index++)
        {
            var completion = _completions + ((index & _completionsMask) * CompletionSize);
            _results[*(ulong*)completion] = *(int*)(completion + 8);
        }

        Volatile.Write(ref *_completedHead, to);
        return (int)(to - from);
    }
}
