using LoadBalancer.Proxy.Configuration;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class SocketHostTests
{
    [Theory]
    [InlineData("/run/a.sock")]
    [InlineData("/run/Upper Case:and ünicode.sock")]
    [InlineData("/a/path/as/long/as/a/socket/may/have/one/which/is/a/hundred/and/seven/bytes/and/so/needs/several/label.sock")]
    public void A_path_becomes_a_host_that_a_URI_can_have_and_comes_back(string path)
    {
        var uri = new Uri($"http://{SocketHost.Of(path)}/");

        Assert.Equal(path, SocketHost.PathIn(uri.IdnHost));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("unix-socket")]
    [InlineData("web.unix-socket")]
    public void Another_host_is_none(string host) => Assert.Null(SocketHost.PathIn(host));

    [Fact]
    public void The_operator_reads_what_he_wrote()
    {
        var (address, _) = DestinationAddress.Parse("http://unix:/run/a.sock");

        Assert.Equal(("http://unix:/run/a.sock", "localhost"), (DestinationAddress.TextOf(address!), DestinationAddress.HostOf(address!)));
    }

    [Fact]
    public void Two_paths_are_two_destinations() => Assert.NotEqual(
        DestinationAddress.KeyOf(DestinationAddress.Read("http://unix:/run/a.sock")), DestinationAddress.KeyOf(DestinationAddress.Read("http://unix:/run/A.sock")));

    [Theory]
    [InlineData("http://unix:relative.sock", "is not the path of a socket")]
    [InlineData("https://unix:/run/a.sock", "asks for TLS over a Unix-domain socket")]
    public void What_is_no_path_is_refused(string text, string error) => Assert.Contains(error, DestinationAddress.Parse(text).Error, StringComparison.Ordinal);
}
