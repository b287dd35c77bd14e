using System.Buffers;
using System.Numerics;

namespace LoadBalancer.Proxy.Clusters;

/// <summary>Which candidates a request has tried: a bit for each, in place for the first 64 and in a rented array beyond. Copies share that array.</summary>
internal struct Tried
{
    private const int Bits = 64;

    private ulong _first;
    private ulong[]? _others;

    /// <summary>Whether nothing was tried.</summary>
    public readonly bool IsEmpty => _first == 0 && (_others is null || !_others.AsSpan().ContainsAnyExcept(0UL));

    /// <summary>Whether this candidate was tried.</summary>
    public readonly bool Contains(int index) => index < Bits
        ? (_first >> index & 1) != 0
        : _others is { } others && index / Bits <= others.Length && (others[(index / Bits) - 1] >> (index % Bits) & 1) != 0;

    /// <summary>How many of the first so many candidates were tried.</summary>
    public readonly int CountBelow(int count)
    {
        var tried = BitOperations.PopCount(count >= Bits ? _first : _first & ((1UL << count) - 1));
        for (var index = Bits; _others is not null && index < count; index++)
        {
            tried += Contains(index) ? 1 : 0;
        }

        return tried;
    }

    /// <summary>A copy that shares nothing, and need not be given back.</summary>
    public readonly Tried Copy() => this with { _others = (ulong[]?)_others?.Clone() };

    /// <summary>Notes that a candidate was tried.</summary>
    public void Add(int index)
    {
        if (index < Bits)
        {
            _first |= 1UL << index;
            return;
        }

        var word = (index / Bits) - 1;
        if (_others is null || word >= _others.Length)
        {
            Grow(word + 1);
        }

        _others![word] |= 1UL << (index % Bits);
    }

    /// <summary>Notes that whatever the other has tried was tried.</summary>
    public void AddAll(in Tried other, int count)
    {
        for (var index = 0; index < count; index++)
        {
            if (other.Contains(index))
            {
                Add(index);
            }
        }
    }

    /// <summary>Notes that whatever the other has tried was not tried.</summary>
    public void RemoveAll(in Tried other, int count)
    {
        _first &= ~other._first;
        for (var index = Bits; index < count; index++)
        {
            if (other.Contains(index) && Contains(index))
            {
                _others![(index / Bits) - 1] &= ~(1UL << (index % Bits));
            }
        }
    }

    /// <summary>Forgets everything, and gives the array back. No copy may be used any more.</summary>
    public void Clear()
    {
        _first = 0;
        if (_others is { } others)
        {
            _others = null;
            ArrayPool<ulong>.Shared.Return(others);
        }
    }

    private void Grow(int words)
    {
        var larger = ArrayPool<ulong>.Shared.Rent(words);
        larger.AsSpan().Clear();
        if (_others is { } before)
        {
            before.CopyTo(larger, 0);
            ArrayPool<ulong>.Shared.Return(before);
        }

        _others = larger;
    }
}
