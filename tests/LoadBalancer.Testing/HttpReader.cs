using System.Globalization;
using System.Text;

namespace LoadBalancer.Testing;

/// <summary>Reads HTTP/1.1 from a stream to the letter: lines end with CRLF, lengths are exact, and the end of the stream is told from the end of the message.</summary>
public sealed class HttpReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>Reads the first line and the header lines of a message, without their ends of line.</summary>
    /// <returns>The lines, or null when the stream ended before the first byte.</returns>
    /// <exception cref="EndOfStreamException">The stream ended within the head.</exception>
    public async Task<IReadOnlyList<string>?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        if (_start == _end && !await FillAsync(cancellationToken))
        {
            return null;
        }

        var lines = new List<string>();
        while (await ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            lines.Add(line);
        }

        return lines;
    }

    /// <summary>Reads this many bytes.</summary>
    /// <exception cref="EndOfStreamException">The stream ended before.</exception>
    public async Task<byte[]> ReadExactlyAsync(long count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
            {
                throw new EndOfStreamException($"The stream ended after {read} of {count} bytes.");
            }

            var taken = (int)Math.Min(count - read, _end - _start);
            _buffer.AsSpan(_start, taken).CopyTo(bytes.AsSpan(read));
            _start += taken;
            read += taken;
        }

        return bytes;
    }

    /// <summary>Reads the next chunk of a chunked body; the last one is empty.</summary>
    /// <exception cref="EndOfStreamException">The stream ended within the chunk.</exception>
    public async Task<byte[]> ReadChunkAsync(CancellationToken cancellationToken)
    {
        var size = await ReadLineAsync(cancellationToken);
        var length = long.Parse(size.Split(';')[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var bytes = await ReadExactlyAsync(length, cancellationToken);
        if (length > 0 && await ReadLineAsync(cancellationToken) is { Length: > 0 } rest)
        {
            throw new InvalidDataException($"After the chunk came '{rest}'.");
        }

        return bytes;
    }

    /// <summary>Reads the lines after the last chunk.</summary>
    public async Task<IReadOnlyList<string>> ReadTrailersAsync(CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (await ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            lines.Add(line);
        }

        return lines;
    }

    /// <summary>Reads to the end of the stream.</summary>
    public async Task<byte[]> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var bytes = new MemoryStream();
        do
        {
            bytes.Write(_buffer, _start, _end - _start);
            _start = _end = 0;
        }
        while (await FillAsync(cancellationToken));

        return bytes.ToArray();
    }

    /// <summary>Reads one line, without its CRLF.</summary>
    public async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
            {
                throw new EndOfStreamException($"The stream ended within the line '{line}'.");
            }

            var next = (char)_buffer[_start++];
            if (next == '\n')
            {
                return line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : throw new InvalidDataException($"The line '{line}' ends without CR.");
            }

            line.Append(next);
        }
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        _start = 0;
        _end = await stream.ReadAsync(_buffer, cancellationToken);
        return _end > 0;
    }
}
