using System.Net;
using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class PassThroughTests
{
    [Fact]
    public void The_wire_adds_and_follows_nothing()
    {
        using var handler = PassThrough.CreateHandler(acceptAnyCertificate: false);

        Assert.Equal(
            (false, false, false, DecompressionMethods.None, null),
            (handler.UseProxy, handler.AllowAutoRedirect, handler.UseCookies, handler.AutomaticDecompression, handler.ActivityHeadersPropagator));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Certificates_are_looked_at_unless_the_operator_says_otherwise(bool acceptAny)
    {
        using var handler = PassThrough.CreateHandler(acceptAny);

        Assert.Equal(acceptAny, handler.SslOptions.RemoteCertificateValidationCallback is not null);
    }
}
