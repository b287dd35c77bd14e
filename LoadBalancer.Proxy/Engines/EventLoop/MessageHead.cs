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

    // What one head of unusual size has taken is not kept for all that follow.
    private const int MostKept = 16 * 1024;

    private byte[] _bytes = new byte[1024];
    private char[] _scratch = new char[128];
    private char[] _joined = new char[128];
    private FieldLine[] _lines = new FieldLine[16];

    /// <summary>How many bytes the head takes, with the empty line at its end.</summary>
    public int Length { get; private set; }

    /// <summary>The field lines, in order; none before the head is kept, for their bytes are not here.</summary>
    public ReadOnlySpan<FieldLine> Lines => _lines.AsSpan(0, Length == 0 ? 0 : LineCount);

    /// <summary>How many field lines there are.</summary>
    public int LineCount { get; private set; }

    /// <summary>What <c>Connection</c> says.</summary>
    public ConnectionOptions Connection { get; private set; }

    public bool IsHttp10 { get; set; }

    /// <summary>How long its body is, where that is said.</summary>
    public long ContentLength { get; private set; }

    /// <summary>How many <c>Content-Length</c> there are; more than one is invalid.</summary>
    public int LengthCount { get; private set; }

    /// <summary>How many <c>Transfer-Encoding</c> there are.</summary>
    public int CodingCount { get; private set; }

    /// <summary>Whether the only <c>Transfer-Encoding</c> is <c>chunked</c> and nothing else.</summary>
    public bool IsChunked { get; private set; }

    /// <summary>Whether its connection may serve further messages after this one.</summary>
    public bool KeepsAlive { get; set; }

    /// <summary>Where reading goes on: everything before has been read.</summary>
    public int At { get; set; }

    /// <summary>Whether <c>Connection</c> leaves the connection open (RFC 9112, 9.3).</summary>
    public bool AsksToKeepAlive => (Connection & ConnectionOptions.Close) == 0 && (!IsHttp10 || (Connection & ConnectionOptions.KeepAlive) != 0);

    /// <summary>The bytes of the head.</summary>
    protected Span<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>The name of a field.</summary>
    public ReadOnlySpan<byte> NameOf(in FieldLine line) => _bytes.AsSpan(line.NameStart, line.NameLength);

    /// <summary>The value of a field.</summary>
    public ReadOnlySpan<byte> ValueOf(in FieldLine line) => _bytes.AsSpan(line.ValueStart, line.ValueLength);

    /// <summary>The lines from one on up to another, as they came, line ends and all.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="end">The first that is not of them; the number of lines for all that follow.</param>
    public ReadOnlySpan<byte> LinesAsTheyCame(int first, int end) =>
        Bytes[_lines[first].NameStart..(end < LineCount ? _lines[end].NameStart : Length - 2)];

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

    /// <summary>The value of the only line of a field.</summary>
    /// <returns>False when there is none, or more than one.</returns>
    public bool TryGetOnly(FieldId id, out ReadOnlySpan<byte> value)
    {
        value = default;
        var count = 0;
        foreach (ref readonly var field in Lines)
        {
            if (field.Rule.Id == id)
            {
                value = ValueOf(field);
                count++;
            }
        }

        return count == 1;
    }

    /// <summary>The lines of a field, joined with commas; empty where there is none. The next call overwrites it.</summary>
    public ReadOnlySpan<char> Joined(FieldId id)
    {
        var (length, isFirst) = (0, true);
        foreach (ref readonly var field in Lines)
        {
            if (field.Rule.Id == id)
            {
                Grow(ref _joined, length + field.ValueLength + 1);
                if (!isFirst)
                {
                    _joined[length++] = ',';
                }

                length += Encoding.Latin1.GetChars(ValueOf(field), _joined.AsSpan(length));
                isFirst = false;
            }
        }

        return _joined.AsSpan(0, length);
    }

    /// <summary>Whether <c>Connection</c> names a trailer, which then stays behind.</summary>
    public bool IsNamed(ReadOnlySpan<byte> name, FieldRule rule) =>
        (Connection & ConnectionOptions.Others) != 0 && new NamedByConnection(Joined(FieldId.Connection)).InTrailer(name, rule) != FieldFate.Pass;

    /// <summary>Has the lines of a field stay behind.</summary>
    public void Withhold(string name)
    {
        foreach (ref var field in _lines.AsSpan(0, LineCount))
        {
            if (field.NameLength == name.Length && Ascii.EqualsIgnoreCase(NameOf(field), name))
            {
                field.Rule = FieldTable.Withheld;
            }
        }
    }

    /// <summary>The next line, to be filled and then kept by <see cref="AddLine"/>.</summary>
    public ref FieldLine NextLine()
    {
        Grow(ref _lines, LineCount + 1);
        return ref _lines[LineCount];
    }

    /// <summary>Keeps the line.</summary>
    public void AddLine() => LineCount++;

    /// <summary>Notes a field of its framing, or of its connection.</summary>
    /// <returns>False where the message is invalid by it, whatever follows.</returns>
    public bool NoteFraming(FieldId id, ReadOnlySpan<byte> value)
    {
        switch (id)
        {
            case FieldId.ContentLength:
                var isNumber = MessageBytes.TryParseLength(value, out var length);
                ContentLength = length;
                return isNumber && ++LengthCount == 1;
            case FieldId.TransferEncoding:
                IsChunked = ++CodingCount == 1 && MessageBytes.Is(value, "chunked"u8);
                return true;
            default:
                Connection |= ConnectionField.Read(value);
                return true;
        }
    }

    /// <summary>Keeps the bytes of the head, which are the caller's until now.</summary>
    public virtual void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length < bytes.Length)
        {
            _bytes = new byte[Math.Max(bytes.Length, _bytes.Length * 2)];
        }

        bytes.CopyTo(_bytes);
        Length = bytes.Length;
    }

    /// <summary>Forgets the head, to parse the next.</summary>
    public virtual void Reset()
    {
        (Length, LineCount, At, Connection) = (0, 0, 0, ConnectionOptions.None);
        (IsHttp10, ContentLength, LengthCount, CodingCount, IsChunked, KeepsAlive) = (false, 0, 0, 0, false, false);
        if (_bytes.Length > MostKept)
        {
            _bytes = new byte[MostKept];
        }
    }

    /// <summary>Makes characters of bytes (Latin-1), in memory that is used again.</summary>
    protected static ReadOnlySpan<char> Widen(ReadOnlySpan<byte> bytes, ref char[] scratch)
    {
        if (scratch.Length < bytes.Length)
        {
            scratch = new char[Math.Max(bytes.Length, scratch.Length * 2)];
        }

        return scratch.AsSpan(0, Encoding.Latin1.GetChars(bytes, scratch));
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            Array.Resize(ref array, Math.Max(length, array.Length * 2));
        }
    }
}
