using System.Text;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class BasicCredentialsTests
{
    // The first two are those of RFC 7617, 2 and 2.1.
    [Theory]
    [InlineData("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin|open sesame")]
    [InlineData("basic dGVzdDoxMjPCow==", "test|123\u00a3")]
    [InlineData("Basic  YTpiOmM=", "a|b:c")]
    [InlineData("Basic Og==", "|")]
    [InlineData("Basic", null)]
    [InlineData("Basic ", null)]
    [InlineData("Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", null)]
    [InlineData("Basic QWxhZGRpbg==", null)]
    [InlineData("Basic ???", null)]
    [InlineData("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==, Basic YTpi", null)]
    public void Name_and_password_are_read(string value, string? expected) => Assert.Equal(expected, Read(value));

    [Fact]
    public void What_is_too_long_is_none()
    {
        Assert.Equal(511, Read($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("a:" + new string('x', 509)))}")?.Length);
        Assert.Null(Read($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("a:" + new string('x', 511)))}"));
    }

    private static string? Read(string value) => BasicCredentials.TryRead(value, stackalloc byte[BasicCredentials.Most], out var read)
        ? $"{Encoding.UTF8.GetString(read.User)}|{Encoding.UTF8.GetString(read.Password)}"
        : null;
}
