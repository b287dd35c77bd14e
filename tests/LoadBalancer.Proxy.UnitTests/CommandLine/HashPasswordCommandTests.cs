using System.CommandLine;
using System.Text;
using LoadBalancer.Proxy.CommandLine;
using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.CommandLine;

public sealed class HashPasswordCommandTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData("secret", "secret")]
    [InlineData("p\u00e4ss word \r\nsecond line", "p\u00e4ss word ")]
    public void The_first_line_of_the_input_is_hashed(string input, string password)
    {
        Assert.Equal(0, Invoke(input, "--iterations", "1000"));

        Assert.True(PasswordHash.TryParse(_output.ToString().TrimEnd())!.Fits(Encoding.UTF8.GetBytes(password)));
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public void No_password_is_an_error()
    {
        Assert.Equal(1, Invoke("\nsecret"));

        Assert.Equal("there is no password on the standard input", _error.ToString().TrimEnd());
    }

    [Fact]
    public void Too_few_iterations_are_an_error()
    {
        Assert.Equal(2, Invoke("secret", "--iterations", "10"));

        Assert.Equal("--iterations 10 is out of range: from 1000 to 10000000. See --help.", _error.ToString().TrimEnd());
    }

    private int Invoke(string input, params string[] typed) =>
        new RootCommand { HashPasswordCommand.Create(() => new StringReader(input), _output, _error) }.Parse(["hash-password", .. typed]).Invoke();
}
