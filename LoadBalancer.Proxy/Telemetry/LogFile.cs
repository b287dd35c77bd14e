using System.Runtime.InteropServices;

namespace LoadBalancer.Proxy.Telemetry;

/// <summary>Where the access log goes: a file that is appended to, or the standard output. Of one thread at a time.</summary>
internal sealed partial class LogFile : IDisposable
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private readonly string? _path;
    private Stream? _stream;

    private LogFile(string? path, Stream stream) => (_path, _stream) = (path, stream);

    /// <summary>Opens it.</summary>
    /// <param name="path">The file; null for the standard output.</param>
    /// <exception cref="IOException">It cannot be opened; also <see cref="UnauthorizedAccessException"/> and what else a path may be wrong by.</exception>
    public static LogFile Open(string? path) => new(path, path is null ? Console.OpenStandardOutput() : OpenFile(path));

    /// <summary>Appends lines. A file that was moved away or removed stays as it is, and a new one is begun.</summary>
    public void Write(ReadOnlySpan<byte> lines)
    {
        if (_path is null)
        {
            // The lines of the log are written under the same lock. Without it, one could come into the middle of another where the output is a pipe.
            lock (Console.Out)
            {
                _stream!.Write(lines);
            }

            return;
        }

        if (_stream is not null && IsMoved())
        {
            Close();
        }

        _stream ??= OpenFile(_path);
        if (_stream.CanSeek)
        {
            // Also where somebody has cut the file short meanwhile.
            _stream.Seek(0, SeekOrigin.End);
        }

        try
        {
            _stream.Write(lines);
        }
        catch
        {
            // What is there next time may be another file system.
            Close();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose() => Close();

    private void Close()
    {
        try
        {
            _stream?.Dispose();
        }
        finally
        {
            _stream = null;
        }
    }

    // Another file at the path has, but for the moment before its first line, another length. Where somebody else appends to it too, it is opened again for nothing.
    private bool IsMoved() => _stream is { CanSeek: true } && new FileInfo(_path!) is var there && (!there.Exists || there.Length != _stream.Length);

    private static FileStream OpenFile(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Mode;
        }

        var stream = new FileStream(path, options);
        if (OperatingSystem.IsLinux() && stream.CanSeek)
        {
            // The platform writes at a position that it keeps itself. Two proxies, as during an upgrade, would write over each other's lines.
            const int setFlags = 4;
            const int append = 0x400;
            _ = ControlFile(stream.SafeFileHandle, setFlags, append);
        }

        return stream;
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlFile(SafeHandle descriptor, int command, int argument);
}
