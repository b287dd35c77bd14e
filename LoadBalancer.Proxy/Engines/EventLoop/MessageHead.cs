using System.Text;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.Engines.EventLoop;

/// <summary>
/// The head of a message: a copy of its bytes, and where the fields are in it. The object is used again for the next head, with its memory;
/// none is allocated for heads of ordinary size.
/// </summary>
internal abstract class MessageHead : IFields
{
    /// <summary>How many field lines a head may have.</summary>
    public const int MostLines = 100;

    private const int OrdinarySize = 16 * 1024;

    private byte[] _bytes = new byte[2 * 1024];
    private char[] _scratch = new char[256];
    private FieldLine[] _lines = new FieldLine[32];

    /// <summary>How many bytes the head takes, with the empty line at its end.</summary>
    public int Length { get; protected set; }

    /// <summary>The field lines, in order.</summary>
    public ReadOnlySpan<FieldLine> Lines => _lines.AsSpan(0, LineCount);

    /// <summary>How many field lines there are.</summary>
    public int LineCount { get; private set; }

    /// <summary>The name of a field.</summary>
    public ReadOnlySpan<byte> NameOf(in FieldLine line) => _bytes.AsSpan(line.NameStart, line.NameLength);

    /// <summary>The value of a field.</summary>
    public ReadOnlySpan<byte> ValueOf(in FieldLine line) => _bytes.AsSpan(line.ValueStart, line.ValueLength);

    /// <inheritdoc />
    public bool TryGet(string name, int line, out ReadOnlySpan<char> value)
    {
        foreach (ref readonly var field in Lines)
        {
            if (field.NameLength == name.Length && Ascii.EqualsIgnoreCase(NameOf(field), name) && line-- == 0)
            {
                value = Widen(ValueOf(field), ref _scratch);
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Makes characters of bytes (Latin-1), in memory that is used again.</summary>
    protected static ReadOnlySpan<char> Widen(ReadOnlySpan<byte> bytes, ref char[] scratch)
    {
        if (scratch.Length < bytes.Length)
        {
            scratch = new char[bytes.Length];
        }

        return scratch.AsSpan(0, Encoding.Latin1.GetChars(bytes, scratch));
    }
}
