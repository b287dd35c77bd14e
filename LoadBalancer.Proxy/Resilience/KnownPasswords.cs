using System.Security.Cryptography;

namespace LoadBalancer.Proxy.Resilience;

/// <summary>
/// What is known of names and passwords that clients have sent, so that not every request costs what makes passwords slow to guess.
/// Of a password there is only a digest by a key that is nowhere else. Who guesses cannot push out what was found right.
/// </summary>
internal sealed class KnownPasswords
{
    private const int MostRight = 1024;
    private const int MostWrong = 256;
    private const int MostPending = 64;

    private readonly Lazy<byte[]> _key = new(() => RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));
    private readonly Recent _right = new(MostRight);
    private readonly Recent _wrong = new(MostWrong);
    private readonly Lock _lock = new();
    private int _pending;

    /// <summary>What stands for a password and the hash that it was held against.</summary>
    public UInt128 DigestOf(ReadOnlySpan<byte> hashAndPassword)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key.Value, hashAndPassword, digest);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }

    /// <summary>Whether it was right; null when nobody knows.</summary>
    public bool? Find(UInt128 digest)
    {
        lock (_lock)
        {
            return _right.Contains(digest) ? true : _wrong.Contains(digest) ? false : null;
        }
    }

    /// <summary>Begins to find out. <see cref="End"/> must follow.</summary>
    /// <returns>False when so much is being found out that it has to wait.</returns>
    public bool TryBegin()
    {
        lock (_lock)
        {
            if (_pending == MostPending)
            {
                return false;
            }

            _pending++;
            return true;
        }
    }

    /// <summary>It is found out.</summary>
    /// <param name="digest">What stands for the password; null where it says nothing about anybody.</param>
    /// <param name="isRight">Whether it is right.</param>
    public void End(UInt128? digest, bool isRight)
    {
        lock (_lock)
        {
            _pending--;
            if (digest is { } known)
            {
                (isRight ? _right : _wrong).Add(known);
            }
        }
    }

    /// <summary>The last so many.</summary>
    private sealed class Recent(int most)
    {
        private readonly HashSet<UInt128> _known = [];
        private readonly Queue<UInt128> _order = new();

        public bool Contains(UInt128 digest) => _known.Contains(digest);

        public void Add(UInt128 digest)
        {
            if (!_known.Add(digest))
            {
                return;
            }

            _order.Enqueue(digest);
            if (_order.Count > most)
            {
                _known.Remove(_order.Dequeue());
            }
        }
    }
}
