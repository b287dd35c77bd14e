using LoadBalancer.Proxy.Configuration;

namespace LoadBalancer.Proxy.UnitTests.Configuration;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("http://localhost:8080", "localhost", 8080)]
    [InlineData("HTTP://LOCALHOST:8080", "LOCALHOST", 8080)]
    [InlineData("http://localhost:8080/", "localhost", 8080)]
    [InlineData("http://127.0.0.1:0", "127.0.0.1", 0)]
    [InlineData("http://0.0.0.0:65535", "0.0.0.0", 65535)]
    [InlineData("http://[::1]:8080", "[::1]", 8080)]
    [InlineData("http://*:80", "*", 80)]
    public void An_address_is_read(string url, string host, int port) => Assert.Equal((new ListenAddress(host, port), ""), ListenAddress.Parse(url));

    [Theory]
    [InlineData("ftp://localhost:8443", "is not an address to listen on")]
    [InlineData("https://localhost", "has no port: write https://host:port")]
    [InlineData("localhost:8080", "is not an address to listen on")]
    [InlineData("8080", "is not an address to listen on")]
    [InlineData("http://localhost", "has no port")]
    [InlineData("http://[::1]", "has no port")]
    [InlineData("http://localhost:", "has no valid port")]
    [InlineData("http://localhost:65536", "has no valid port")]
    [InlineData("http://localhost:-1", "has no valid port")]
    [InlineData("http://localhost:80/path", "is more than an address")]
    [InlineData("http://www.example.com:80", "does not say which address")]
    [InlineData("http://:80", "does not say which address")]
    [InlineData("http://+:80", "does not say which address")]
    [InlineData("http://::1:80", "does not say which address")]
    [InlineData("http://localhost:0", "works with an IP address only")]
    [InlineData("http://unix:", "is not the path of a socket")]
    [InlineData("http://unix:/", "is not the path of a socket")]
    [InlineData("http://unix:relative.sock", "is not the path of a socket")]
    [InlineData("http://unix:/run/folder/", "is not the path of a socket")]
    [InlineData("http://unix:/a/path/that/is/much/too/long/for/a/socket/of/the/unix/domain/which/has/room/for/a/hundred/and/seven/bytes/and/no/more", "is a path of more than 107 bytes")]
    public void What_cannot_be_listened_on_is_refused_with_the_reason(string url, string reason) =>
        Assert.Contains(reason, ListenAddress.Parse(url) is (null, var error) ? error : "it was taken", StringComparison.Ordinal);

    [Theory]
    [InlineData("http://localhost:1", true)]
    [InlineData("http://Localhost:1", true)]
    [InlineData("http://127.0.0.1:1", true)]
    [InlineData("http://127.5.5.5:1", true)]
    [InlineData("http://[::1]:1", true)]
    [InlineData("http://0.0.0.0:1", false)]
    [InlineData("http://[::]:1", false)]
    [InlineData("http://10.0.0.1:1", false)]
    [InlineData("http://*:1", false)]
    public void Loopback_is_known(string url, bool isLoopback) => Assert.Equal(isLoopback, ListenAddress.Parse(url).Address!.IsLoopback);

    [Theory]
    [InlineData("http://unix:/run/lb.sock", "/run/lb.sock", false)]
    [InlineData("https://unix:/run/lb.sock", "/run/lb.sock", true)]
    public void The_path_of_a_socket_is_read_and_written(string url, string path, bool isTls)
    {
        var address = ListenAddress.Parse(url).Address!;

        Assert.Equal((path, isTls, true, url), (address.UnixPath, address.IsTls, address.IsLoopback, address.ToString()));
    }

    [Fact]
    public void An_address_is_written_as_a_url() => Assert.Equal("http://[::1]:8080", new ListenAddress("[::1]", 8080).ToString());

    [Fact]
    public void One_of_TLS_is_read_and_written() =>
        Assert.Equal((new ListenAddress("*", 443, IsTls: true), "https://*:443"), (ListenAddress.Parse("https://*:443").Address, new ListenAddress("*", 443, IsTls: true).ToString()));
}
