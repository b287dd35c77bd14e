using System.Net;
using LoadBalancer.Proxy.Engines.EventLoop;

namespace LoadBalancer.Proxy.UnitTests.Engines.EventLoop;

public sealed class KernelAddressTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    public void An_address_is_read_as_it_was_written(string written, string read)
    {
        Span<byte> bytes = stackalloc byte[KernelAddress.MostLength];

        Assert.Equal(IPAddress.Parse(read), KernelAddress.Read(KernelAddress.Write(bytes, IPAddress.Parse(written), 80)));
    }

    [Fact]
    public void A_port_is_in_the_order_of_the_network()
    {
        var bytes = KernelAddress.Write(stackalloc byte[KernelAddress.MostLength], IPAddress.Loopback, 0x1234);

        Assert.Equal([0x12, 0x34], bytes[2..4].ToArray());
    }

    [Fact]
    public void The_address_of_another_family_is_none() => Assert.Null(KernelAddress.Read(new byte[KernelAddress.MostLength]));
}
