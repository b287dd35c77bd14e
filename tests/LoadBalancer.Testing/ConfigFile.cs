namespace LoadBalancer.Testing;

/// <summary>A configuration file in a folder of its own, gone with the test.</summary>
public sealed class ConfigFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-");

    /// <summary>Writes the file.</summary>
    public ConfigFile(string json) => Write(json);

    /// <summary>Its path.</summary>
    public string Path => System.IO.Path.Combine(_folder.FullName, "lb.json");

    /// <summary>Puts another text in its place, in one step: nobody reads half of it.</summary>
    public void Write(string json)
    {
        var next = Path + ".next";
        File.WriteAllText(next, json);
        File.Move(next, Path, overwrite: true);
    }

    /// <inheritdoc />
    public void Dispose() => _folder.Delete(recursive: true);
}
