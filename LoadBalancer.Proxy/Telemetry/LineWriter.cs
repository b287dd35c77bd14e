using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>Writes one line of the access log, into memory of the thread that is used again and again. What clients send is escaped, and cut where it is very long.</summary>
internal struct LineWriter
{
    /// <summary>How many characters of a text there are at most. Longer ones are only possible where the operator allows longer heads.</summary>
    public const int MostText = 8192;

    // At most six bytes of one character.
    private const int MostEscaped = 6;
    private const int MostKept = 128 * 1024;
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMicrosecond;

    // In JSON, and in a line that has quotation marks around its texts.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create(" !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    [ThreadStatic]
    private static byte[]? _ofThread;

    private byte[] _bytes;
    private int _length;

    public LineWriter() => _bytes = _ofThread is { Length: <= MostKept } kept ? kept : _ofThread = new byte[1024];

    /// <summary>What was written.</summary>
    public readonly ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Appends what needs no escape.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Appends a number.</summary>
    public void Write(long value)
    {
        value.TryFormat(Room(20), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <summary>Appends a number with zeros before it.</summary>
    public void Write(int value, int digits)
    {
        var room = Room(digits);
        for (var i = digits - 1; i >= 0; i--, value /= 10)
        {
            room[i] = (byte)('0' + (value % 10));
        }

        _length += digits;
    }

    /// <summary>Appends a span of time in milliseconds, to the microsecond.</summary>
    public void WriteMilliseconds(long ticks)
    {
        Write(ticks / TimeSpan.TicksPerMillisecond);
        Write("."u8);
        Write((int)(ticks % TimeSpan.TicksPerMillisecond / TicksPerMicrosecond), 3);
    }

    /// <summary>Appends an address.</summary>
    public void Write(IPAddress address)
    {
        address.TryFormat(Room(64), out var written);
        _length += written;
    }

    /// <summary>Appends a text within quotation marks as JSON has it.</summary>
    public void WriteJson(ReadOnlySpan<char> text)
    {
        WriteEscaped(text, static (writer, character) => character switch
        {
            '"' => Two(writer, '"'),
            '\\' => Two(writer, '\\'),
            _ => Unicode(writer, character),
        });

        static int Two(Span<byte> to, char character)
        {
            (to[0], to[1]) = ((byte)'\\', (byte)character);
            return 2;
        }

        static int Unicode(Span<byte> to, char character)
        {
            "\\u"u8.CopyTo(to);
            ((ushort)character).TryFormat(to[2..], out _, "x4", CultureInfo.InvariantCulture);
            return 6;
        }
    }

    /// <summary>Appends a text within quotation marks as nginx does: what would end it, and what is not printable ASCII, is <c>\xNN</c>.</summary>
    public void WriteHex(ReadOnlySpan<char> text) => WriteEscaped(text, static (to, character) =>
    {
        "\\x"u8.CopyTo(to);
        ((byte)character).TryFormat(to[2..], out _, "X2", CultureInfo.InvariantCulture);
        return 4;
    });

    private delegate int Escape(Span<byte> to, char character);

    private void WriteEscaped(ReadOnlySpan<char> text, Escape escape)
    {
        text = text.Length > MostText ? text[..MostText] : text;
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAnyExcept(Plain) is >= 0 and var at ? at : text.Length;
            Encoding.ASCII.GetBytes(text[..plain], Room(plain));
            _length += plain;
            if (plain == text.Length)
            {
                return;
            }

            _length += escape(Room(MostEscaped), text[plain]);
            text = text[(plain + 1)..];
        }
    }

    private Span<byte> Room(int length)
    {
        if (_bytes.Length - _length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
            _ofThread = _bytes;
        }

        return _bytes.AsSpan(_length);
    }
}
