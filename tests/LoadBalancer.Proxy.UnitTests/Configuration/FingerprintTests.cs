using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class FingerprintTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_stays_while_nothing_changes()
    {
        var source = Source(_folder.Write("lb.json", "{}"));

        Assert.Equal(source.Fingerprint(), source.Fingerprint());
    }

    [Fact]
    public void What_is_written_after_the_files_were_read_is_a_change()
    {
        var source = Source(_folder.Write("lb.json", "{}"));
        source.Read();

        _folder.Write("lb.json", "{ }");

        Assert.True(source.HasChanged());
    }

    [Theory]
    [InlineData("{ }")]
    [InlineData("not JSON")]
    public void What_was_read_is_no_change_whether_it_was_right_or_wrong(string json)
    {
        var source = Source(_folder.Write("lb.json", json));

        Record.Exception(() => source.Read());

        Assert.False(source.HasChanged());
    }

    [Theory]
    [InlineData("lb.json")]
    [InlineData("appsettings.json")]
    [InlineData("appsettings.Test.json")]
    public void It_changes_when_a_file_appears(string name) => AssertChanges(() => _folder.Write(name, "{}"));

    [Fact]
    public void It_changes_when_a_file_goes()
    {
        var file = _folder.Write("lb.json", "{}");

        AssertChanges(() => File.Delete(file));
    }

    [Fact]
    public void It_changes_when_a_file_is_written()
    {
        var file = _folder.Write("lb.json", "{}");

        AssertChanges(() => File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(1)));
    }

    [Fact]
    public void It_changes_when_a_file_is_longer_and_as_old()
    {
        var file = _folder.Write("lb.json", "{}");
        var written = File.GetLastWriteTimeUtc(file);

        AssertChanges(() =>
        {
            _folder.Write("lb.json", "{ }");
            File.SetLastWriteTimeUtc(file, written);
        });
    }

    // As Kubernetes updates a ConfigMap: lb.json -> ..data/lb.json, ..data -> version-1, and then ..data -> version-2.
    [Fact]
    public void It_changes_when_the_link_to_the_folder_of_a_linked_file_is_swapped()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Making links needs rights on Windows.");
        }

        var written = Version("version-1", "one");
        File.SetLastWriteTimeUtc(Version("version-2", "two"), File.GetLastWriteTimeUtc(written));
        Directory.CreateSymbolicLink(_folder["..data"], _folder["version-1"]);
        File.CreateSymbolicLink(_folder["lb.json"], Path.Combine("..data", "lb.json"));

        AssertChanges(() =>
        {
            Directory.CreateSymbolicLink(_folder["..next"], _folder["version-2"]);
            Directory.Delete(_folder["..data"]);
            Directory.Move(_folder["..next"], _folder["..data"]);
        });

        string Version(string name, string text)
        {
            Directory.CreateDirectory(_folder[name]);
            return _folder.Write(Path.Combine(name, "lb.json"), text);
        }
    }

    private void AssertChanges(Action change)
    {
        var source = Source(_folder["lb.json"]);
        var before = source.Fingerprint();

        change();

        Assert.NotEqual(before, source.Fingerprint());
    }

    private ConfigurationSource Source(string file) => new(new RunArguments { ConfigFile = file }, _folder.Path, "Test");
}
