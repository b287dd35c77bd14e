using System.Numerics;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Memory for what is left over: half a head, bytes that the other side does not take yet. One pool for each loop, used by its thread alone.</summary>
/// <remarks>Powers of two, up to <see cref="Largest"/>; what is larger is made and dropped. An idle connection has none of it.</remarks>
internal sealed class BufferPool
{
    /// <summary>The least that is rented.</summary>
    public const int Smallest = 1024;

    /// <summary>The most that is kept for another time.</summary>
    public const int Largest = 256 * 1024;

    // As much of each size as a burst may leave behind.
    private const int MostKept = 2 * 1024 * 1024;

    private readonly Stack<byte[]>[] _free = [.. Enumerable.Range(0, IndexOf(Largest) + 1).Select(_ => new Stack<byte[]>())];

    /// <summary>How many bytes are rented.</summary>
    public long Rented { get; private set; }

    /// <summary>Memory of this size or more.</summary>
    public byte[] Rent(int size)
    {
        size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(size, Smallest));
        Rented += size;
        return size <= Largest && _free[IndexOf(size)].TryPop(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(size);
    }

    /// <summary>Takes memory back.</summary>
    public void Return(byte[] buffer)
    {
        Rented -= buffer.Length;
        if (buffer.Length <= Largest && _free[IndexOf(buffer.Length)] is var free && free.Count < MostKept / buffer.Length)
        {
            free.Push(buffer);
        }
    }

    private static int IndexOf(int size) => BitOperations.Log2((uint)size) - BitOperations.Log2(Smallest);
}
