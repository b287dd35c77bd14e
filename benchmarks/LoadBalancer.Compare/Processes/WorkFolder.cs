namespace LoadBalancer.Compare.Processes;

/// <summary>A folder for temporary files. Disposing removes it.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("lb-compare-").FullName;

    /// <summary>Writes a file, and returns its path.</summary>
    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Writes a file, and returns its path.</summary>
    public string Write(string name, byte[] content)
    {
        var file = Path.Combine(_path, name);
        File.WriteAllBytes(file, content);
        return file;
    }

    /// <summary>Makes a folder within, and returns its path.</summary>
    public string Create(string name) => Directory.CreateDirectory(Path.Combine(_path, name)).FullName;

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(_path, recursive: true);
}
