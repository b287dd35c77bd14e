namespace LoadBalancer.Proxy.UnitTests.Configuration;

/// <summary>A folder that is there as long as the test.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lb-unit-");

    public string Path => _folder.FullName;

    /// <summary>Writes a file, and gives its full name.</summary>
    public string Write(string name, string text)
    {
        var file = this[name];
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>The full name of a file here, whether it is there or not.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
