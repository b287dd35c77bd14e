using System.Globalization;
using System.Text;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>Where heads are written: bytes that grow as needed, and are used again. One for each loop. What is to be sent later stays in front of what is being written.</summary>
internal sealed class OutputBuffer
{
    private const int MostCopied = 4 * 1024;

    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(16 * 1024, pinned: true);

    /// <summary>How many bytes stay: see <see cref="Stay"/>.</summary>
    public int Staying { get; private set; }

    /// <summary>How many bytes are written.</summary>
    public int Length { get; private set; }

    /// <summary>What is written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(Staying, Length);

    /// <summary>Forgets what is written.</summary>
    public void Clear() => Length = 0;

    /// <summary>Has what is written stay until <see cref="Release"/>. Nothing is written any more then.</summary>
    /// <returns>Where it is: see <see cref="At"/>.</returns>
    public Range Stay()
    {
        var range = Staying..(Staying + Length);
        (Staying, Length) = (Staying + Length, 0);
        return range;
    }

    /// <summary>What stays there, in memory that is pinned.</summary>
    public ReadOnlySpan<byte> At(Range range) => _bytes.AsSpan(range);

    /// <summary>What stayed is not needed any more, and nothing is being written.</summary>
    public void Release() => (Staying, Length) = (0, 0);

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Appends a body behind a head, where it is so short that a call with two pieces would cost more than to copy it.</summary>
    /// <returns>False where it is better sent as a piece of its own.</returns>
    public bool TryAppend(ReadOnlySpan<byte> body)
    {
        if (Length == 0 || body.Length > MostCopied)
        {
            return false;
        }

        Write(body);
        return true;
    }

    /// <summary>Appends text that is Latin-1, as field values are on the wire.</summary>
    public void Write(ReadOnlySpan<char> text) => Length += Encoding.Latin1.GetBytes(text, Reserve(text.Length));

    /// <summary>Appends a number.</summary>
    public void Write(long number)
    {
        number.TryFormat(Reserve(20), out var written, default, CultureInfo.InvariantCulture);
        Length += written;
    }

    /// <summary>Appends a field line.</summary>
    /// <param name="name">The name, with colon and blank.</param>
    /// <param name="value">The value.</param>
    public void WriteField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Write(name);
        Write(value);
        WriteLineEnd();
    }

    /// <inheritdoc cref="WriteField(ReadOnlySpan{byte}, ReadOnlySpan{byte})" />
    public void WriteField(ReadOnlySpan<byte> name, ReadOnlySpan<char> value)
    {
        Write(name);
        Write(value);
        WriteLineEnd();
    }

    /// <inheritdoc cref="WriteField(ReadOnlySpan{byte}, ReadOnlySpan{byte})" />
    public void WriteField(ReadOnlySpan<byte> name, long value)
    {
        Write(name);
        Write(value);
        WriteLineEnd();
    }

    /// <summary>Appends CR and LF.</summary>
    public void WriteLineEnd() => Write("\r\n"u8);

    private Span<byte> Reserve(int count)
    {
        var used = Staying + Length;
        if (_bytes.Length - used < count)
        {
            var larger = GC.AllocateUninitializedArray<byte>(Math.Max(_bytes.Length * 2, used + count), pinned: true);
            _bytes.AsSpan(0, used).CopyTo(larger);
            _bytes = larger;
        }

        return _bytes.AsSpan(used);
    }
}
