using LoadBalancer.Proxy.Acme;
using LoadBalancer.Proxy.UnitTests.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Acme;

public sealed class AcmeFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_in_it_is_for_its_owner_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other rights.");
        var folder = new AcmeFolder(_folder["a/b"]);
        folder.Prepare();

        using var key = folder.ReadKey();
        AcmeFolder.Write(_folder["a/b/www.pem"], "text");

        Assert.Equal("---rwx", Mode(_folder["a/b"]));
        Assert.Equal(["---rw-", "---rw-"], new[] { _folder["a/b/account.key"], _folder["a/b/www.pem"] }.Select(Mode));
    }

    [Fact]
    public void A_file_is_replaced_and_nothing_else_is_left()
    {
        AcmeFolder.Write(_folder["www.pem"], "one, and longer");
        AcmeFolder.Write(_folder["www.pem"], "two");

        Assert.Equal("two", File.ReadAllText(_folder["www.pem"]));
        Assert.Equal([_folder["www.pem"]], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Only_one_has_the_turn_at_a_time()
    {
        var (one, other) = (new AcmeFolder(_folder.Path), new AcmeFolder(_folder.Path));
        using (one.TryTakeTurn())
        {
            Assert.Null(other.TryTakeTurn());
        }

        using var turn = other.TryTakeTurn();
        Assert.NotNull(turn);
    }

    [Fact]
    public void The_key_of_the_account_is_made_once()
    {
        var folder = new AcmeFolder(_folder.Path);
        using var made = folder.ReadKey();
        using var again = folder.ReadKey();

        Assert.Equal(made.Thumbprint, again.Thumbprint);
    }

    [Fact]
    public void A_key_that_cannot_be_read_is_not_replaced()
    {
        _folder.Write("account.key", "not a key");

        Assert.StartsWith($"{_folder["account.key"]} is no key of an account: ", Assert.Throws<AcmeException>(new AcmeFolder(_folder.Path).ReadKey).Message, StringComparison.Ordinal);
        Assert.Equal("not a key", File.ReadAllText(_folder["account.key"]));
    }

    private static string Mode(string path)
    {
#pragma warning disable CA1416 // Skipped on Windows.
        var mode = File.GetUnixFileMode(path);
#pragma warning restore CA1416
        return ((int)mode & 63) == 0 ? $"---{(mode.HasFlag(UnixFileMode.UserRead) ? "r" : "-")}{(mode.HasFlag(UnixFileMode.UserWrite) ? "w" : "-")}{(mode.HasFlag(UnixFileMode.UserExecute) ? "x" : "-")}" : mode.ToString();
    }
}
