namespace LoadBalancer.Proxy.Configuration;

/// <summary>The file that a Unix-domain socket has in the file system.</summary>
internal static class SocketFile
{
    /// <summary>Reads a mode as people write it.</summary>
    /// <param name="octal">Three octal digits, with or without a zero in front.</param>
    /// <returns>The mode; null where the text is none.</returns>
    public static UnixFileMode? ModeOf(string octal) =>
        octal.Length is 3 or 4 && (octal.Length == 3 || octal[0] == '0') && !octal.AsSpan().ContainsAnyExceptInRange('0', '7') ? (UnixFileMode)Convert.ToInt32(octal, 8) : null;

    /// <summary>Gives the file this mode.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="mode">The mode; null for the one that it has.</param>
    public static void SetMode(string path, UnixFileMode? mode)
    {
        if (mode is { } wanted && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, wanted);
        }
    }

    /// <summary>Whether there is a file at a path that is a socket, or another that cannot be opened.</summary>
    public static bool IsSocket(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return false;
            }

            // Of all kinds of files, a socket alone cannot be opened by whoever may.
            using var opened = File.OpenHandle(path);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
