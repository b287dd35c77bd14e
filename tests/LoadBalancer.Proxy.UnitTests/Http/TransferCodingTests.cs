using LoadBalancer.Proxy.Http;

namespace LoadBalancer.Proxy.UnitTests.Http;

public sealed class TransferCodingTests
{
    [Theory]
    [InlineData("chunked", null)]
    [InlineData("Chunked", null)]
    [InlineData(" chunked\t", null)]
    [InlineData("gzip, chunked", 501)]
    [InlineData("xchunked, chunked", 501)]
    [InlineData("gzip", 400)]
    [InlineData("xchunked", 400)]
    [InlineData("chunked, gzip", 400)]
    [InlineData("chunked, chunked", 400)]
    [InlineData("chunked, gzip, chunked", 400)]
    [InlineData("chunked;q=1", 400)]
    [InlineData("", 400)]
    public void A_body_is_chunked_once_and_nothing_else(string value, int? status) => Assert.Equal(status, TransferCoding.Check(value)?.Status);
}
