using System.Security.Cryptography;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.Acme;

/// <summary>The folder of one authority's certificates and of the key of the account. Several proxies may share it; nobody but their user may read what is in it.</summary>
/// <param name="folder">Its path.</param>
internal sealed class AcmeFolder(string folder)
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;
    private const string Unfinished = ".next";

    // How Linux, macOS and Windows say that a file is locked.
    private const int WouldBlock = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolation = 32;

    private string LockFile => Path.Combine(folder, "lock");

    private string SharedFolder => Path.Combine(folder, "challenges");

    private string KeyFile => Path.Combine(folder, "account.key");

    /// <summary>Makes sure that it is there and can be written to.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not.</exception>
    public void Prepare()
    {
        CreateFolder(folder);
        using var some = new FileStream(Path.Combine(folder, Path.GetRandomFileName() + Unfinished), OwnFile(FileMode.CreateNew, FileShare.None, FileOptions.DeleteOnClose));
    }

    /// <summary>Takes the turn to change something.</summary>
    /// <returns>What ends the turn when it is disposed of; null while it is another's.</returns>
    public IDisposable? TryTakeTurn()
    {
        CreateFolder(folder);
        try
        {
            return new FileStream(LockFile, OwnFile(FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException exception) when ((exception.HResult & 0xFFFF) is WouldBlock or WouldBlockOnMac or SharingViolation)
        {
            return null;
        }
    }

    /// <summary>The key of the account, which is made where there is none. Only in one's turn.</summary>
    /// <exception cref="AcmeException">There is one that cannot be used.</exception>
    public AcmeKey ReadKey()
    {
        if (!File.Exists(KeyFile))
        {
            var made = AcmeKey.Create();
            Write(KeyFile, made.ToPem());
            return made;
        }

        try
        {
            return AcmeKey.FromPem(File.ReadAllText(KeyFile));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new AcmeException($"{KeyFile} is no key of an account: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    /// <summary>Lets the other proxies with this folder answer a challenge, until what it gives is disposed of. Only in one's turn.</summary>
    public IDisposable Share(ChallengeAnswer answer)
    {
        CreateFolder(SharedFolder);
        var file = Path.Combine(SharedFolder, answer.Token);
        Write(file, $"{answer.Type}\n{answer.Name}\n{answer.KeyAuthorization}\n");
        return new Ending(() => File.Delete(file));
    }

    /// <summary>What another proxy lets this one answer.</summary>
    public IReadOnlyList<ChallengeAnswer> ReadShared()
    {
        var answers = new List<ChallengeAnswer>();
        foreach (var file in Directory.Exists(SharedFolder) ? Directory.GetFiles(SharedFolder) : [])
        {
            try
            {
                if (File.ReadAllLines(file) is [var type, var name, var answer] && Enum.TryParse<AcmeChallengeType>(type, out var known) && !file.EndsWith(Unfinished, StringComparison.Ordinal))
                {
                    answers.Add(new ChallengeAnswer(known, name, Path.GetFileName(file), answer));
                }
            }
            catch (IOException)
            {
                // It has just been answered.
            }
        }

        return answers;
    }

    /// <summary>Takes back what a proxy that has ended in the midst of an order has left to be answered. Only in one's turn.</summary>
    public void ForgetShared()
    {
        if (Directory.Exists(SharedFolder))
        {
            Array.ForEach(Directory.GetFiles(SharedFolder), File.Delete);
        }
    }

    /// <summary>Puts a text in place of a file in one step: whoever reads it has the old one or the new, whole. Only in one's turn.</summary>
    /// <param name="file">The path of the file.</param>
    /// <param name="text">The text.</param>
    public static void Write(string file, string text)
    {
        // Of proxies on several machines, not all may see each other's turns: each writes to a file of its own.
        var next = $"{file}.{Path.GetRandomFileName()}{Unfinished}";
        try
        {
            using (var stream = new FileStream(next, OwnFile(FileMode.CreateNew, FileShare.None)))
            {
                using var writer = new StreamWriter(stream);
                writer.Write(text);
                writer.Flush();
                stream.Flush(flushToDisk: true);
            }

            File.Move(next, file, overwrite: true);
        }
        catch
        {
            File.Delete(next);
            throw;
        }
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnersFolder);
        }
    }

    private static FileStreamOptions OwnFile(FileMode mode, FileShare share, FileOptions more = FileOptions.None)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, Options = more };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnersFile;
        }

        return options;
    }
}
