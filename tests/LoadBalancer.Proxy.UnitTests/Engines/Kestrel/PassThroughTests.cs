using System.Net;
using LoadBalancer.Proxy.Engines.Kestrel;

namespace LoadBalancer.Proxy.UnitTests.Engines.Kestrel;

public sealed class PassThroughTests
{
    [Fact]
    public void The_wire_adds_and_follows_nothing()
    {
        using var handler = PassThrough.CreateHandler();

        Assert.Equal(
            (false, false, false, DecompressionMethods.None, null),
            (handler.UseProxy, handler.AllowAutoRedirect, handler.UseCookies, handler.AutomaticDecompression, handler.ActivityHeadersPropagator));
    }
}
